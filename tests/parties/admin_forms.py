"""The form of a party in the admin, as a browser sends it."""

from typing import Any

from django.test import Client
from django.urls import reverse

from datahub.parties.models import (
    Identity,
    Party,
)
from tests import cast

INLINES = ["identities", "metadata", "roles", "eic_ranges", "redirect_hosts"]


def form(**more: Any) -> dict[str, Any]:
    """Give the form of a new participant, with fields of its inlines changed or added."""
    data: dict[str, Any] = {"eic": cast.GRID_OPERATOR, "type": "MARKET_PARTICIPANT"}
    for inline in INLINES:
        data |= {f"{inline}-TOTAL_FORMS": 1, f"{inline}-INITIAL_FORMS": 0}
    data |= {"identities-0-type": "COMPANY_ID", "identities-0-value": "14001374", "identities-0-country": "EE"}
    data |= {"metadata-0-type": "COMPANY_NAME", "metadata-0-value": "Põhjavõrk OÜ"}
    data |= {"roles-0-role": "GRID_OPERATOR", "roles-0-commodity": "ELECTRICITY"}
    data |= {"roles-0-valid_from_0": "2026-01-01", "roles-0-valid_from_1": "00:00:00", "eic_ranges-0-prefix": "38ZGO-1"}
    return data | more


def add(staff: Client, **more: Any) -> Any:
    return staff.post(reverse("admin:parties_party_add"), form(**more))


def change_form(party: Party, **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for inline in INLINES:
        rows = list(getattr(party, inline).order_by("pk"))
        data |= {f"{inline}-TOTAL_FORMS": len(rows), f"{inline}-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows):
            data |= {f"{inline}-{number}-id": row.pk, f"{inline}-{number}-party": party.pk}
            data[f"{inline}-{number}-participant"] = party.pk
            if isinstance(row, Identity):
                data |= {f"{inline}-{number}-{name}": getattr(row, name) for name in ("type", "value", "country")}
    return data | more


def errors_at(response: Any, inline: str, field: str) -> str:
    formsets = {one.formset.prefix: one.formset for one in response.context["inline_admin_formsets"]}
    return str(formsets[inline].forms[0].errors.get(field, ""))
