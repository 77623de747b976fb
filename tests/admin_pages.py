"""Every page of the admin, and what may be done there; one that does not stand here fails `test_admin_permissions.py`.

Source: `5-web.md`, "Admin": staff register, see, retry or drop; the rest is read there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse

USUAL = ("changelist", "add", "change", "history", "delete")
ADD, CHANGE, DELETE = "add", "change", "delete"


@dataclass(frozen=True)
class Shown:
    """What may be done with a model: written by who has the right, by actions, on pages of its own.

    Actions and pages name the right that each needs; a page without one is opened by whoever may view.
    """

    writes: frozenset[str] = frozenset()
    actions: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)


READ = Shown()
REGISTERED = frozenset({ADD, CHANGE})
MODELS: dict[str, Shown] = {
    "access.accesslog": READ,
    "access.customerauthorization": READ,
    "admin.logentry": READ,
    "agreements.agreement": READ,
    "agreements.followup": Shown(actions={"begin_anew": "agreements.change_followup"}),
    "auth.group": Shown(REGISTERED | {DELETE}, actions={"delete_selected": "auth.delete_group"}),
    "bills.networkbill": READ,
    "connections.connectionrequest": READ,
    "distribution.address": READ,
    "distribution.message": READ,
    "enquiries.enquiry": READ,
    "metering.meterdatadocument": READ,
    "metering.meteringpoint": READ,
    "metering.pointreadings": READ,
    "outbox.processedunit": READ,
    "outbox.unit": Shown(actions={"retry": "outbox.change_unit", "drop": "outbox.change_unit"}),
    "parties.party": Shown(REGISTERED, pages={"parties_party_simple_history": ""}),
    "parties.representation": Shown(REGISTERED, pages={"parties_representation_simple_history": ""}),
    "parties.technicaluser": Shown(
        REGISTERED,
        pages={
            "parties_technicaluser_simple_history": "",
            "parties_technicaluser_rotate_secret": "parties.change_technicaluser",
            "parties_technicaluser_remove": "parties.change_technicaluser",
        },
    ),
    "parties.user": Shown(
        REGISTERED,
        pages={
            "parties_user_simple_history": "",
            "parties_user_second_factor": "parties.reset_second_factor",
            "auth_user_password_change": "parties.change_user",
        },
    ),
}
# The pages of no model: what all staff get, and a superuser; None where nobody has to sign in.
SITE: dict[str, tuple[int, int] | None] = {
    "index": (200, 200),
    "recovery_codes": (200, 200),
    "password_change": (200, 200),
    "password_change_done": (200, 200),
    "jsi18n": (200, 200),
    "autocomplete": (403, 403),
    "view_on_site": (404, 404),
    "app_list": (404, 200),
    "login": None,
    "logout": None,
    "enrol": None,
}
ABOUT = {"view_on_site": [0, 0], "app_list": ["metering"]}
Rows = Mapping[str, Model]


def url_of(name: str, row: Model) -> str:
    if name.endswith(("_changelist", "_add")):
        return reverse(f"admin:{name}")
    key = quote(row.pk) if name.endswith(("_change", "_history", "_delete")) else row.pk
    if name.endswith("_simple_history"):
        return reverse(f"admin:{name}", args=[row.pk, row.history.first().pk])  # type: ignore[attr-defined]
    return reverse(f"admin:{name}", args=[key])


def urls(rows: Rows) -> Iterator[tuple[str, str, str]]:
    """Give every page of every model: the model, what the page does, its address."""
    for model, shown in MODELS.items():
        for name in USUAL:
            yield model, name, url_of(f"{model.replace('.', '_')}_{name}", rows[model])
        for name in shown.pages:
            yield model, name, url_of(name, rows[model])
