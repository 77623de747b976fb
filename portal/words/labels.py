"""The market's codes in words, and a line that explains the harder ones.

`label` takes a member of a code list, or a bare code as the database has it: then the first list here that has it gives
the word, or the one that is named.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from connections.rules.conditions import Condition
from connections.rules.states import AnsweredState, RefusalReason, RequestedState, RequestReason, Stage
from connections.rules.transitions import Act
from datahub import market
from datahub.agreements.rules.consequences.effects import Action
from datahub.exchanges.rules import Side
from distribution.selectors.content import Missing
from enquiries.rules import ReferenceType, Status, Topic
from portal.words.codes import AGREEMENT_TYPES, CUSTOMERS, POINTS, ROLES, TRACKER

Word = str | Promise

_CONNECTED = {
    "CONNECTED": pgettext_lazy("state", "Connected"),
    "DISCONNECTED": pgettext_lazy("state", "Disconnected"),
}
LABELS: Mapping[type[StrEnum], Mapping[str, Word]] = {
    **ROLES,
    **AGREEMENT_TYPES,
    **POINTS,
    **CUSTOMERS,
    **TRACKER,
    market.AuthorizationPurpose: {
        "ENERGY_SUPPLY_OFFER": _("Energy supply offer"),
        "AGGREGATION_OFFER": _("Aggregation offer"),
        "ENERGY_MANAGEMENT": _("Energy management"),
        "ENERGY_EFFICIENCY": _("Energy efficiency"),
        "FLEXIBILITY": _("Flexibility service"),
        "CARBON_ACCOUNTING": _("Carbon footprint"),
        "RESEARCH": _("Research"),
    },
    market.ResourceType: {
        "METERING_POINT": _("Metering point"),
        "METERING_DATA": _("Readings"),
        "NETWORK_BILL": _("Network bill"),
        "CUSTOMER_DATA": _("Customer data"),
        "AGREEMENT": _("Agreement"),
        "PERMISSION": _("Customer’s authorization"),
    },
    market.SourceType: {
        "OWNERSHIP": _("Own metering point"),
        "AGREEMENT": _("Agreement"),
        "BALANCE_STATE": _("Balance responsibility"),
        "PERMISSION": _("Customer’s authorization"),
    },
    market.DocumentStatus: {
        "PROCESSING": pgettext_lazy("state", "In progress"),
        "SUCCESSFUL": pgettext_lazy("state", "Saved"),
        "ERROR": pgettext_lazy("state", "Refused: errors"),
    },
    Topic: {"DATA": _("Data"), "INVOICE": _("Invoice")},
    ReferenceType: {"INVOICE": _("Invoice")},
    Status: {
        "OPEN": pgettext_lazy("state", "Open"),
        "CLOSE": pgettext_lazy("state", "Closed"),
        "CANCEL": pgettext_lazy("state", "Cancelled"),
    },
    Stage: {
        "OPEN": pgettext_lazy("state", "Open"),
        "PLANNED": pgettext_lazy("state", "Planned"),
        "REFUSED": pgettext_lazy("state", "Refused"),
        **_CONNECTED,
        "CANCELLED": pgettext_lazy("state", "Cancelled"),
    },
    RequestedState: {
        "CONNECTED": _("Connect"),
        "DISCONNECTED": _("Disconnect"),
        "CANCELLED": pgettext_lazy("state", "Cancelled"),
    },
    AnsweredState: {
        "PLANNED": pgettext_lazy("state", "Planned"),
        "REFUSED": pgettext_lazy("state", "Refused"),
        **_CONNECTED,
    },
    RequestReason: {
        "DEBT": _("Debt"),
        "DEBT_PAID": _("Debt paid"),
        "NEW_AGREEMENT": _("New agreement"),
    },
    RefusalReason: {
        "FAULT": _("Equipment fault"),
        "NO_AGREEMENT": _("No agreement"),
        "AGREEMENT_END": _("The agreement ends"),
        "NO_SPR_MP": _("No separate metering point"),
        "GO_DISCONNECTED": _("Disconnected by the grid operator itself"),
        "CANCELLED_ORDER": _("The order was cancelled"),
        "NO_CANCEL": _("Can no longer be cancelled"),
    },
    Condition: {
        "JOINT_INVOICE": AGREEMENT_TYPES[market.AgreementType]["JOINT_INVOICE"],
        "SUPPLY": AGREEMENT_TYPES[market.AgreementType]["SUPPLY"],
        "GRID": AGREEMENT_TYPES[market.AgreementType]["GRID"],
    },
    Act: {
        "ASK": pgettext_lazy("act", "Ask"),
        "CHANGE": pgettext_lazy("act", "Change"),
        "REVERSE": pgettext_lazy("act", "Request the opposite"),
        "CANCEL": pgettext_lazy("act", "Cancel"),
        "PLAN": pgettext_lazy("act", "Plan"),
        "REFUSE": pgettext_lazy("act", "Refuse"),
        "CONNECT": pgettext_lazy("act", "Connected"),
        "DISCONNECT": pgettext_lazy("act", "Disconnected"),
    },
    Side: {"SENDER": _("Supplier"), "RECEIVER": _("Operator")},
    Action: {
        "CREATE": pgettext_lazy("reason", "Created"),
        "UPDATE": pgettext_lazy("reason", "Changed"),
        "DELETE": pgettext_lazy("reason", "Deleted"),
    },
    Missing: {
        Missing.NO_PATH: _("The content was never stored"),
        Missing.NOT_FOUND: _("The content is not available"),
        Missing.FAILED: _("The message store is not responding"),
    },
}

EXPLANATIONS: Mapping[type[StrEnum], Mapping[str, Word]] = {
    market.MeteringPointType: {
        "REGULAR": _("Where a customer takes energy from the grid or feeds it in; it has a grid agreement."),
        "INTERNAL": _("Inside an operator’s own grid, for electricity only; it never has a grid agreement."),
        "BORDER": _("Between two operators’ grids."),
        "AGGREGATION": _("An aggregator’s own point behind a regular metering point."),
    },
    market.AgreementType: {
        "GRID": _("The customer is connected to the grid at this point."),
        "BORDER_GRID": _("Another operator’s grid is connected at this border point."),
        "SUPPLY": _("An open supplier sells energy to the customer at this point."),
        "AGGREGATION": _("An aggregator offers the customer’s flexibility to the market."),
        "PORTFOLIO_SUPPLIER": _("A participant is in the portfolio of an open supplier."),
        "NAMED_SUPPLIER": _("Names the seller for customers in the operator’s area who have no supplier."),
        "JOINT_INVOICE": _("The supplier bills the grid service together with the energy."),
        "BORDER_SUPPLY": _("The hub creates it automatically with the border grid agreement."),
        "GENERAL_SERVICE": _("The hub creates it automatically when a customer has no supplier."),
    },
    market.Resolution: {
        "P1D": _("A gas day runs from 07:00 to 07:00."),
    },
    market.ElectricityCustomerType: {"MICRO": _("A producer with a small plant of its own.")},
    market.SourceType: {
        "OWNERSHIP": _("You own the metering point."),
        "AGREEMENT": _("You are a party of an agreement at the metering point."),
        "BALANCE_STATE": _("A party of an agreement at the point is in your portfolio."),
        "PERMISSION": _("The customer has authorized you."),
    },
    market.Permission: {
        "ADMIN": _("Everything in this role, including its users."),
        "EDITOR_AUTHORIZATION": _("Add and remove users and their permissions."),
        "VIEWER_PERMISSION": _("Which customers have given access to their data."),
        "VIEWER_DATA_DISTRIBUTION": _("The messages that the hub keeps ready for you."),
    },
}


_SAID: dict[tuple[str, type[StrEnum] | str | None, str | None], str] = {}


def label(code: str, of: type[StrEnum] | str | None = None) -> str:
    """Give the word of a code in the reader's language; a code that stands nowhere as it is."""
    key = (str(code), _list_of(code, of), get_language())
    # Lists say the same few hundred codes over and over; what is no code, but somebody's text, is not kept.
    if (said := _SAID.get(key)) is None:
        if (found := _found(LABELS, code, key[1])) is None:
            return _reason(code) or code
        said = _SAID[key] = str(found)
    return said


def in_sentence(word: str) -> str:
    """Write a label inside a sentence: small, unless it is an abbreviation."""
    return word[:1].lower() + word[1:] if word[1:2].islower() else word


def explanation(code: str, of: type[StrEnum] | str | None = None) -> str:
    """Give the line that explains a code, empty where its word says enough."""
    return str(_found(EXPLANATIONS, code, _list_of(code, of)) or "")


def labelled(codes: type[StrEnum]) -> list[tuple[str, str]]:
    """Give the codes of a list with their words, as the choices of a form's field."""
    return [(code.value, label(code)) for code in codes]


def _list_of(code: str, of: type[StrEnum] | str | None) -> type[StrEnum] | str | None:
    return of or (type(code) if isinstance(code, StrEnum) else None)


def _found(words: Mapping[type[StrEnum], Mapping[str, Word]], code: str, of: type[StrEnum] | str | None) -> Word | None:
    for codes, names in words.items():
        if of in (None, codes, codes.__name__) and code in names:
            return names[code]
    return None


def _reason(code: str) -> str | None:
    """Give the words of a reason like UPDATE_BC_SUPPLY_CREATE: what was done, because what was done with what."""
    done, because, cause = code.partition("_BC_")
    kind, _underscore, act = cause.rpartition("_")
    if not because or done not in LABELS[Action] or kind not in LABELS[market.AgreementType]:
        return None
    acts = {
        "CREATE": gettext("%(done)s, because another agreement was created: %(kind)s"),
        "UPDATE": gettext("%(done)s, because another agreement was changed: %(kind)s"),
        "DELETE": gettext("%(done)s, because another agreement was deleted: %(kind)s"),
    }
    words = {"done": label(done, Action), "kind": label(kind, market.AgreementType)}
    return acts[act] % words if act in acts else None
