"""A company and those who manage its users."""

import pytest

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import Party
from tests import cast
from tests.portal.people import Browser, acting_for, grant, person


@pytest.fixture
def company() -> Party:
    return cast.participant(cast.GRID_OPERATOR)


@pytest.fixture
def boss(company: Party) -> Browser:
    for role, commodity in company.roles.values_list("role", "commodity"):
        grant(person("boss"), company.eic, Role(role), commodity=Commodity(commodity))
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, name="boss")


@pytest.fixture
def manager(company: Party) -> Browser:
    return acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR, Permission.EDITOR_AUTHORIZATION, name="manager")
