"""What the hub knows of a customer. Source: `5-web.md`, "My details"."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from datahub.access.own_data import log_own_read
from datahub.access.services.access_log import Read
from datahub.market import MetadataType
from datahub.parties import selectors
from portal.pages import CustomerRequest, customer_page

PAGE = "portal/details"
_BILLING_METHODS = {
    "EMAIL": _("by e-mail"),
    "POST": _("by post"),
    "BANK": _("as an e-invoice to the bank"),
    "SELF_SERVICE": _("in the supplier’s self-service"),
    "B2B_BILL": _("as an e-invoice to the company"),
}


@customer_page(safe=True)
def details(request: CustomerRequest) -> HttpResponse:
    """Show her name, her codes, how she is reached and billed, and who may act for her."""
    party = request.acting.party
    log_own_read(customer=party, by=request.acting.user, service=PAGE, reads=[Read(party.eic)], now=request.now)
    known = selectors.metadata_at(party, request.now)
    context = {
        "party": party,
        "known": [(kind, _said(kind, value)) for kind, value in sorted(known.items(), key=_place)],
        "identities": selectors.identities_of_parties([party.pk]).get(party.pk, []),
        "representatives": selectors.representatives_of(party, request.now),
    }
    return render(request, "client/details.html", context)


def _place(one: tuple[MetadataType, str]) -> int:
    return list(MetadataType).index(one[0])


def _said(kind: MetadataType, value: str) -> str:
    if kind != MetadataType.BILLING_METHOD:
        return value
    return ", ".join(str(_BILLING_METHODS.get(code, code)) for code in value.split(","))
