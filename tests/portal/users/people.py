"""Colleagues, and what the pages of users say."""

import html
import re
from typing import Any

from datahub.market import Permission, Role
from datahub.parties.models import User
from tests import cast
from tests.portal.people import grant, person

USERS = "/operator/users/"
HOSTILE = "<script>alert(1)</script>"
NEW = {"country": "EE", "code": "37605030299", "first_name": "Jüri", "last_name": "Tamm"}


def colleague(*permissions: Permission, name: str = "colleague", first_name: str = "Mall") -> User:
    user = person(name)
    User.objects.filter(pk=user.pk).update(first_name=first_name, last_name="Mets")
    grant(user, cast.GRID_OPERATOR, Role.GRID_OPERATOR, *permissions)
    return user


def may(user: User) -> set[str]:
    return set(user.grants.values_list("permission", flat=True))


def names(answer: Any) -> list[str]:
    return [row.name for row in answer.context["list"].rows]


def text(answer: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


MARI = {"country": "EE", "code": "47101010033", "first_name": "Q", "last_name": "Q"}


def known_to_the_hub(**more: Any) -> User:
    return User.objects.create(
        username="mari.maasikas", subject="EE47101010033", first_name="Mari", last_name="Maasikas", **more
    )
