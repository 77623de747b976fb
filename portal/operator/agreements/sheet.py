"""The sheet of agreements that is downloaded. Source: `5-web.md`: "XLSX export up to 40,000 rows, streamed"."""

from typing import Any

from django.utils.translation import gettext_noop as _

from datahub import market, market_time
from datahub.access.agreement_search import FoundAgreement
from portal.operator.agreements.forms import last_day_before
from portal.sheets.tables import Column, ColumnKind, Table

MOST_ROWS = 40_000

AGREEMENTS = Table(
    key="agreements",
    title=_("Agreements"),
    max_rows=MOST_ROWS,
    columns=(
        Column("agreementId", _("Your agreement number"), width=24),
        Column(
            "agreementType",
            _("Type"),
            ColumnKind.CHOICE,
            choices={
                "GRID": _("Grid agreement"),
                "BORDER_GRID": _("Border grid agreement"),
                "SUPPLY": _("Supply agreement"),
                "AGGREGATION": _("Aggregation agreement"),
                "PORTFOLIO_SUPPLIER": _("Portfolio agreement"),
                "NAMED_SUPPLIER": _("Named supplier agreement"),
                "JOINT_INVOICE": _("Joint invoice agreement"),
                "BORDER_SUPPLY": _("Border supply agreement"),
                "GENERAL_SERVICE": _("General service"),
            },
            width=26,
        ),
        Column("meterEic", _("Metering point (EIC)"), ColumnKind.CODE, width=20),
        Column("serviceProviderEic", _("Service provider (EIC)"), ColumnKind.CODE, width=20),
        Column("serviceProvider", _("Service provider"), width=30),
        Column("customerEic", _("Customer (EIC)"), ColumnKind.CODE, width=20),
        Column("firstDay", _("First day"), ColumnKind.DATE, width=12),
        Column("lastDay", _("Last day"), ColumnKind.DATE, width=12),
        Column("preliminaryTerminationFee", _("A fee is due if it is terminated early"), ColumnKind.BOOLEAN, width=16),
        Column("deleted", _("Deleted on"), ColumnKind.DATE, width=12),
    ),
)


def row(one: FoundAgreement) -> dict[str, Any]:
    """Give an agreement as a row; what may not be seen of it stays empty."""
    found = one.agreement
    commodity = market.Commodity(found.commodity)
    provider = found.service_provider if one.with_provider else None
    return {
        "agreementId": found.agreement_id or None,
        "agreementType": found.type,
        "meterEic": found.point.eic if found.point else None,
        "serviceProviderEic": provider.eic if provider else None,
        "serviceProvider": provider.name if provider else None,
        "customerEic": found.customer.eic if one.with_customer else None,
        "firstDay": market_time.day_of(found.valid_from, commodity),
        "lastDay": None if found.valid_to is None else last_day_before(found.valid_to, commodity),
        "preliminaryTerminationFee": found.preliminary_termination_fee,
        "deleted": None if found.deleted_at is None else market_time.day_of(found.deleted_at),
    }
