"""The style page shows everything there is, in the demo alone."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from datahub.market import Role
from portal.operator.style import COLOURS
from tests import cast
from tests.portal.people import acting_for

pytestmark = pytest.mark.django_db
STATIC = settings.BASE_DIR / "static/portal"


@pytest.mark.parametrize("language", ["et", "en"])
def test_it_shows_every_colour_and_icon(client: Client, language: str) -> None:
    shown = client.get("/operator/style", headers={"accept-language": language}).content.decode()
    tokens = STATIC.joinpath("tokens.css").read_text().split("--space-1")[0]
    colours = set(re.findall(r"--([a-z-]+[0-9]?): #", tokens))
    assert colours == set(COLOURS)
    assert all(f"swatch-{colour} " in STATIC.joinpath("style.css").read_text() for colour in colours)
    assert all(f"<code>--{colour}</code>" in shown for colour in colours)
    assert shown.count("#speedometer") >= 1
    assert 'class="field field-wrong' in shown


def test_it_shows_every_part_that_pages_are_built_from() -> None:
    cast.participant(cast.GRID_OPERATOR)
    shown = acting_for(cast.GRID_OPERATOR, Role.GRID_OPERATOR).get("/operator/style")
    root = settings.BASE_DIR / "templates"
    parts = {
        path.relative_to(root).as_posix()
        for folder in ("portal/components", "portal/forms", "portal/pictures")
        for path in (root / folder).glob("*.html")
    }
    assert parts <= {template.name for template in shown.templates}
    # Those of areas that stand on more pages than one, or are forms of their own.
    assert {"operator/connections/conditions.html", "operator/users/matrix.html"} <= {
        one.name for one in shown.templates
    }


def test_its_forms_save_nothing(client: Client) -> None:
    answer = client.post("/operator/style", {"as": "operator:38X-EIN-ALL----B:OPEN_SUPPLIER:ELECTRICITY"})
    assert (answer.status_code, answer["Location"]) == (302, "/operator/style")


def test_nobody_sees_it_elsewhere(client: Client, settings: Any) -> None:
    settings.IS_DEMO = False
    assert client.get("/operator/style").status_code == 404
