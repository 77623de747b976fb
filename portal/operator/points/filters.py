"""By what a list of metering points is filtered: the attributes of `POST /meter/search`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from datahub import market
from datahub.market import Commodity, MeteringPointType, SourceType
from datahub.metering.addresses import words_of
from datahub.metering.point_form import (
    AGGREGATOR_BLOCK,
    ELECTRICITY_BLOCK,
    GAS_BLOCK,
    LOCATION,
    LONGEST_TEXT,
)
from datahub.metering.rules.points import types_of
from datahub.parties import eic
from portal.forms import CodeField, EicField, FilterForm
from portal.operator.points.fields import (
    LEAST_OF_CODE,
    AddressField,
    AddressIdField,
    CodeOrBeginningField,
    QuantityField,
)
from portal.words.attributes import (
    FLAGS,
    QUANTITIES,
    WIRE_NAMES,
    characteristics_of,
    codes_of,
    name_of,
)
from portal.words.labels import label

ANY = _("All")
_SHOWN = ("eic", "address", "customer", "type", "connection_state")
_LOCATION = ("county", "municipality", "adr_id")
_COMMON = ("eic", "type", "metering_type")


class Comparison(StrEnum):
    """How a capacity is compared, as the API names it."""

    GREATER_THAN_OR_EQUALS = "GREATER_THAN_OR_EQUALS"
    GREATER_THAN = "GREATER_THAN"
    EQUALS = "EQUALS"
    LESS_THAN_OR_EQUALS = "LESS_THAN_OR_EQUALS"
    LESS_THAN = "LESS_THAN"


_COMPARISONS = {
    Comparison.GREATER_THAN_OR_EQUALS: pgettext_lazy("comparison", "at least"),
    Comparison.GREATER_THAN: pgettext_lazy("comparison", "more than"),
    Comparison.EQUALS: pgettext_lazy("comparison", "exactly"),
    Comparison.LESS_THAN_OR_EQUALS: pgettext_lazy("comparison", "at most"),
    Comparison.LESS_THAN: pgettext_lazy("comparison", "less than"),
}
# What is meant where no comparison was chosen, so that it need not stand in every URL.
_USUAL = Comparison.GREATER_THAN_OR_EQUALS


def _comparisons() -> list[tuple[str, Any]]:
    return [("" if one is _USUAL else one.value, words) for one, words in _COMPARISONS.items()]


class FlagField(forms.TypedChoiceField):
    """Yes, no, or all the same."""

    def __init__(self, **named: Any) -> None:
        choices = [("", ANY), ("yes", _("Yes")), ("no", _("No"))]
        super().__init__(choices=choices, coerce=lambda value: value == "yes", empty_value=None, **named)


class Chip(NamedTuple):
    """A filter that is chosen: what it is, and the parameters that it goes away with."""

    name: str
    value: str
    parameters: Sequence[str]


class PointFilters(FilterForm):
    """What a list of metering points of a commodity is filtered by."""

    def __init__(self, *args: Any, commodity: Commodity, **named: Any) -> None:
        super().__init__(*args, **named)
        self.commodity = commodity
        electricity = commodity == Commodity.ELECTRICITY
        add = self._add
        beginning = _("The whole code, or at least its first %(n)s characters") % {"n": LEAST_OF_CODE}
        add("eic", CodeOrBeginningField(label=_("Metering point (EIC)"), help_text=beginning))
        example = _("Words of the address, in any order: Tamme 5")
        add("address", AddressField(max_length=LONGEST_TEXT, label=_("Address"), help_text=example))
        add("customer", EicField(kind=eic.PARTY, label=_("Customer (EIC)")))
        add("type", CodeField(MeteringPointType, only=types_of(commodity), label=_("Type"), empty=ANY))
        add("connection_state", self._code("connection_state"))
        add("municipality", forms.CharField(max_length=LONGEST_TEXT, label=name_of("municipality")))
        add("county", forms.CharField(max_length=LONGEST_TEXT, label=name_of("county")))
        add("adr_id", AddressIdField(label=name_of("adr_id")))
        add("ground", CodeField(SourceType, label=_("Reason for access"), empty=ANY))
        add("owner_role", CodeField(market.Role, only=_owner_roles(), label=_("Role of the owner"), empty=ANY))
        for name in ("metering_type", "customer_type", "consumption_scale", "resolution"):
            add(name, self._code(name))
        add("production", FlagField(label=name_of("production")))
        add("production_source", self._code("production_source"))
        add("transmission_network_eic", EicField(kind=eic.AREA, label=_("Transmission network (EIC)")))
        for name in FLAGS[1:]:
            if name in characteristics_of(commodity):
                add(name, FlagField(label=name_of(name)))
        if electricity:
            add("parent", EicField(kind=eic.METERING_POINT, label=_("Parent metering point (EIC)")))
            for name in QUANTITIES:
                words = _("%(quantity)s is") % {"quantity": name_of(name)}
                add(f"{name}_is", forms.ChoiceField(choices=_comparisons, label=words))
                add(name, QuantityField(label=name_of(name)))

    def _add(self, name: str, field: forms.Field) -> None:
        field.required = False
        kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        field.widget.attrs.setdefault("class", kind)
        self.fields[name] = field

    def _code(self, name: str) -> CodeField:
        codes = codes_of(name, self.commodity)
        if codes is None:
            raise ValueError(f"{name} has no codes")
        return CodeField(codes, label=name_of(name), empty=ANY)

    @property
    def always_shown(self) -> list[forms.BoundField]:
        """Give the filters that stand open."""
        return [self[name] for name in _SHOWN]

    @property
    def folded(self) -> list[forms.BoundField]:
        """Give the others but for the capacities."""
        hidden = {*_SHOWN, *QUANTITIES, *(f"{name}_is" for name in QUANTITIES)}
        return [field for field in self if field.name not in hidden]

    @property
    def capacities(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Give the capacities, each with how it is compared."""
        return [(self[f"{name}_is"], self[name]) for name in QUANTITIES if name in self.fields]

    @property
    def is_unfolded(self) -> bool:
        """Whether a filter is chosen, or wrong, that is folded away else."""
        return bool({*self.chosen, *self.errors} - {*_SHOWN, *(f"{name}_is" for name in QUANTITIES)})

    @property
    def chips(self) -> list[Chip]:
        """Give what is chosen in words."""
        return [self._chip(name, value) for name, value in self.chosen.items() if not name.endswith("_is")]

    def _chip(self, name: str, value: Any) -> Chip:
        field = self.fields[name]
        words = str(field.label)
        if name in QUANTITIES:
            compared = _COMPARISONS[Comparison(self.chosen.get(f"{name}_is") or _USUAL)]
            return Chip(words, f"{compared} {field.widget.format_value(value)}", (name, f"{name}_is"))
        if isinstance(value, bool):
            return Chip(words, gettext("Yes") if value else gettext("No"), (name,))
        if isinstance(value, StrEnum):
            return Chip(words, label(value), (name,))
        return Chip(words, str(value), (name,))

    @property
    def search(self) -> dict[str, Any]:
        """Give what is chosen as the arguments of a search (`point_lists.list_points`)."""
        chosen = dict(self.chosen)
        found = {"address": words_of(chosen.pop("address", "")), "eic_start": ""}
        if not eic.is_valid(chosen.get("eic", "")):
            found["eic_start"] = chosen.pop("eic", "")
        return {**found, "attributes": attributes_of(chosen, self.commodity)}


def attributes_of(chosen: Mapping[str, Any], commodity: Commodity) -> dict[str, Any]:
    """Give chosen filters as the `meterAttributes` of a search."""
    common = {WIRE_NAMES[name]: chosen[name] for name in _COMMON if name in chosen}
    if "ground" in chosen:
        common["sourceType"] = [chosen["ground"]]
    if "owner_role" in chosen:
        common["ownerMarketRole"] = chosen["owner_role"]
    characteristics: dict[str, Any] = {}
    for name in characteristics_of(commodity):
        if name in QUANTITIES and name in chosen:
            compared = chosen.get(f"{name}_is") or _USUAL.value
            characteristics[WIRE_NAMES[name]] = {"filterValue": Decimal(chosen[name]), "filterType": compared}
        elif name in chosen:
            characteristics[WIRE_NAMES[name]] = chosen[name]
    block = ELECTRICITY_BLOCK if commodity == Commodity.ELECTRICITY else GAS_BLOCK
    attributes: dict[str, Any] = {
        "meterCommon": common,
        LOCATION: {WIRE_NAMES[name]: chosen[name] for name in _LOCATION if name in chosen},
        block: characteristics,
        AGGREGATOR_BLOCK: {"parentMeterEic": chosen["parent"]} if "parent" in chosen else {},
    }
    if "customer" in chosen:
        attributes["customerEic"] = chosen["customer"]
    return {name: value for name, value in attributes.items() if value}


def _owner_roles() -> list[market.Role]:
    return sorted(market.METERING_POINT_OPERATOR_ROLES, key=lambda role: label(role, market.Role))
