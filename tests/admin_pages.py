"""Every page of the admin, and what may be done there; one that does not stand here fails `test_admin_permissions.py`.

Source: `5-web.md`, "Admin": staff register, see, retry or drop; the rest is read there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse

from datahub.staff.looks import Of

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
# What the access log names a look by that shows the customer of the row of `one_of_each`: in the list, on its page. One
# that shows nobody's data has neither, and then no page of it may name her.
SHOWN_OF_CUSTOMERS: dict[str, tuple[Of | None, Of | None]] = {
    "access.customerauthorization": (Of.AUTHORIZATIONS, Of.AUTHORIZATIONS),
    "agreements.agreement": (Of.AGREEMENTS, Of.AGREEMENTS),
    "agreements.followup": (None, Of.POINTS),
    "auth.group": (None, None),
    "bills.networkbill": (Of.BILLS, Of.BILLS),
    "connections.connectionrequest": (Of.EXCHANGES, Of.EXCHANGES),
    "distribution.address": (None, None),
    "distribution.message": (None, Of.POINTS),
    "enquiries.enquiry": (Of.EXCHANGES, Of.EXCHANGES),
    "metering.meterdatadocument": (None, None),
    "metering.meteringpoint": (Of.POINTS, Of.POINTS),
    # Its list is empty until a point is searched for.
    "metering.pointreadings": (None, Of.READINGS),
    "outbox.processedunit": (None, Of.POINTS),
    "outbox.unit": (Of.POINTS, Of.POINTS),
    "parties.party": (Of.CUSTOMERS, None),
    "parties.representation": (Of.CUSTOMERS, Of.CUSTOMERS),
    "parties.technicaluser": (None, None),
    "parties.user": (Of.CUSTOMERS, Of.CUSTOMERS),
}
# The logs of who looked and of what staff did name customers too: a look at one would be written into the very log.
LOGS = {"access.accesslog", "admin.logentry"}
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
