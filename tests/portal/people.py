"""People who use the pages in tests: a browser without scripts, signed in and acting as somebody.

    browser = acting_for("38X-EIN-GO-----0", Role.GRID_OPERATOR)
    page = browser.get("/operator/enquiries/")

The participant must stand in the database with its roles. `Browser` is Django's client with the CSRF checks that
browsers meet, and a language.
"""

from typing import Any

from django.test import Client

from datahub.market import Commodity, Permission, Role
from datahub.parties.models import Party, User, UserGrant
from portal.signing_in.views import BACKEND


class Browser(Client):
    """A browser that a person has signed in with; forms that it sends carry their token unless told otherwise."""

    def __init__(self, user: User | None = None, *, language: str = "en") -> None:
        super().__init__(enforce_csrf_checks=True, headers={"accept-language": language})
        self.user = user
        if user is not None:
            self.force_login(user, backend=BACKEND)

    def act_as(self, key: str) -> "Browser":
        """Choose as whom to act, by the key of the choice."""
        answer = self.send("/role", {"as": key})
        assert answer.status_code == 302, answer.content
        return self

    def token(self) -> str:
        """Give a token for forms."""
        if "csrftoken" not in self.cookies:
            self.get("/role")
        return str(self.cookies["csrftoken"].value)

    def send(self, path: str, fields: dict[str, Any], **more: Any) -> Any:
        """Send a form as it was filled in on the page."""
        return self.post(path, {"csrfmiddlewaretoken": self.token(), **fields}, **more)


def person(name: str = "worker", party: Party | None = None) -> User:
    """Give a person of a name, made if she is not there."""
    found, _ = User.objects.get_or_create(username=name, defaults={"party": party})
    return found


def grant(
    user: User,
    participant_eic: str,
    role: Role,
    *permissions: Permission,
    commodity: Commodity = Commodity.ELECTRICITY,
) -> str:
    """Let a person act for a participant in a role; without permissions named: ADMIN. Give the key of the choice."""
    participant = Party.objects.get(eic=participant_eic)
    for permission in permissions or (Permission.ADMIN,):
        UserGrant.objects.get_or_create(
            user=user, participant=participant, role=role, commodity=commodity, permission=permission
        )
    return f"operator:{participant_eic}:{role}:{commodity}"


def acting_for(
    participant_eic: str,
    role: Role,
    *permissions: Permission,
    commodity: Commodity = Commodity.ELECTRICITY,
    name: str = "worker",
    language: str = "en",
) -> Browser:
    """Give the browser of a person at work for a participant."""
    user = person(name)
    key = grant(user, participant_eic, role, *permissions, commodity=commodity)
    return Browser(user, language=language).act_as(key)


def opened(browser: Browser, path: str, **fields: Any) -> dict[str, Any]:
    """Open a page with a form; give its fields as they are filled in, with those that are changed."""
    form = browser.get(path).context["form"]
    filled = {bound.name: bound.value() for bound in form}
    return {name: value for name, value in {**filled, **fields}.items() if value is not None}


def wrong(answered: Any) -> dict[str, list[str]]:
    """Give what a form that was not saved says, by field; "" is what is about none of them."""
    assert answered.status_code == 200
    found = answered.context["form"].errors
    return {"" if name == "__all__" else name: [str(text) for text in texts] for name, texts in found.items()}
