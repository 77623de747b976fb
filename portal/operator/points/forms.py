"""The form of a metering point: exactly the block of attributes that fits its commodity and type.

What was filled in becomes a `GivenPoint`, as a message of `/meter` does; what is wrong with it the service says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from datahub.errors import DomainError, Fault, codes
from datahub.market import Commodity, MeteringPointType, Role
from datahub.metering.point_form import (
    AGGREGATOR_BLOCK,
    BLOCK_FIELDS,
    COORDINATE_FIELDS,
    COORDINATES,
    LOCATION,
    LOCATION_FIELDS,
    LONGEST_POSTCODE,
    LONGEST_TEXT,
    GivenPoint,
    Point,
    fitting_block,
)
from datahub.metering.rules.points import OWNER_ROLES
from datahub.parties import eic
from portal.forms import CodeField, EicField, PageForm
from portal.operator.exchanges.forms import CommentField
from portal.operator.points.fields import AddressIdField, CoordinateField, QuantityField
from portal.words.attributes import FLAGS, QUANTITIES, characteristics_of, codes_of, name_of
from portal.words.faults import field_of

# The characters of a code before its check character.
BODY = 15
NO_CODE = gettext_noop("No check character fits these 15 characters, so there is no such code. Choose another number.")
_LOCATION = ("adr_id", "county", "municipality", "locality", "street_address", "postcode", "location_comment")
_COORDINATES = ("coordinate_system", "latitude", "longitude")
# What is produced comes before what is stored; what the connection carries stands last.
_PRODUCTION = (
    "production",
    "production_source",
    "production_capacity",
    "storage_capacity",
    "storage_energy",
    "transmission_capacity",
)
_CODED = ("consumption_scale", "connection_state", "resolution", "customer_type")
_HELP: Mapping[str, Any] = {
    "adr_id": _("The address ID in the national register of addresses. Without it, enter the county and municipality."),
    "county": _("Required if there is no address ID."),
    "municipality": _("Required if there is no address ID."),
    "parent_eic": _("The regular electricity metering point that this one is behind. It never changes."),
    "production_source": _("Required if there is production."),
    "transmission_network_eic": _("The EIC code of the transmission network’s area."),
    "location_comment": _("Anything that helps to find the point, such as where its meter is."),
    "coordinate_system": _("Fill in all three or none."),
    "latitude": _("WGS 84: degrees; L-EST97: metres, the northing (x)."),
    "longitude": _("WGS 84: degrees; L-EST97: metres, the easting (y)."),
}


def types_of_owner(role: Role, commodity: Commodity) -> list[MeteringPointType]:
    """Give the types of points that a participant in a role may own."""
    return [kind for kind in MeteringPointType if role in OWNER_ROLES.get((kind, commodity), frozenset())]


class PointCodeField(EicField):
    """A metering point's code; of 15 characters the last one is added."""

    def __init__(self, **named: Any) -> None:
        super().__init__(kind=eic.METERING_POINT, **named)

    def clean(self, value: Any) -> str:
        """Complete the code, and check it."""
        typed = "".join(str(value or "").split()).upper()
        if is_without_end(typed[:BODY]) and len(typed) <= BODY + 1:
            raise ValidationError(gettext(NO_CODE))
        if (whole := completed(typed)) is not None:
            return super().clean(whole)
        return super().clean(value)


def completed(body: str) -> str | None:
    """Give the whole code that begins with 15 characters, None where they make no code."""
    whole = _with_end(body)
    return whole if whole is not None and eic.is_valid(whole) else None


def is_without_end(body: str) -> bool:
    """Tell whether the first 15 characters are right, but the code that begins with them has no check character."""
    return (_with_end(body) or "").endswith("-")


def _with_end(body: str) -> str | None:
    try:
        return eic.complete(body) if len(body) == BODY and body.isascii() else None
    except ValueError:
        return None


class Section(NamedTuple):
    """Fields that stand together under a heading."""

    title: Any
    fields: Sequence[forms.BoundField]
    flags: Sequence[forms.BoundField] = ()


class PointForm(PageForm):
    """A metering point. `point` is the one to be changed, None for a new one, of a `point_type` then."""

    conditional = frozenset({"adr_id", "county", "municipality", "production_source"})
    paths: ClassVar[Mapping[str, str]] = {
        "meterMetadata.meteringPoint.meterEic": "eic",
        "meterMetadata.meteringPoint.meteringPointType": "type",
        "meterMetadata.meteringPoint.meteringType": "metering_type",
        **{f"meterMetadata.{LOCATION}.{wire}": name for wire, name in LOCATION_FIELDS.items()},
        **{f"meterMetadata.{LOCATION}.{COORDINATES}.{wire}": name for wire, name in COORDINATE_FIELDS.items()},
        **{
            f"meterMetadata.{block}.{wire}": name
            for block, fields in BLOCK_FIELDS.items()
            for wire, name in fields.items()
        },
    }

    def __init__(
        self,
        *args: Any,
        commodity: Commodity,
        role: Role,
        point_type: MeteringPointType,
        point: Point | None = None,
        **named: Any,
    ) -> None:
        self.commodity, self.point_type, self.point = commodity, point_type, point
        self.block = fitting_block(commodity, point_type)
        if point is not None:
            named.setdefault("initial", {name: getattr(point, name) for name in self.attributes()})
        self._possible_types = types_of_owner(role, commodity)
        super().__init__(*args, **named)
        for name, field in self._fields():
            self._add(name, field)

    def _add(self, name: str, field: forms.Field) -> None:
        kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
        field.widget.attrs.setdefault("class", "form-check-input" if name in FLAGS else kind)
        self.fields[name] = field

    def attributes(self) -> Iterator[str]:
        """Give the attributes that a point of the commodity and type has, in the order of the form."""
        yield from ("metering_type", *_LOCATION, *_COORDINATES)
        if self.block == AGGREGATOR_BLOCK:
            if self.point is None:
                yield "parent_eic"
        else:
            yield from characteristics_of(self.commodity)

    def _fields(self) -> Iterator[tuple[str, forms.Field]]:
        if self.point is None:
            code = PointCodeField(label=_("EIC code"))
            code.widget.attrs |= {
                "hx-get": reverse("operator:complete-point-code"),
                "hx-trigger": "input changed delay:300ms",
                "hx-include": "#point-form [name=acting]",
                "hx-target": "#completed-code",
            }
            yield "eic", code
            kind = CodeField(MeteringPointType, only=self._possible_types, label=name_of("type"), empty=None)
            # Of another type the form has other fields.
            kind.widget.attrs |= {
                "hx-post": reverse("operator:add-point"),
                "hx-vals": '{"redraw": "yes"}',
                "hx-target": "#point-form",
                "hx-select": "#point-form",
                "hx-swap": "outerHTML",
            }
            yield "type", kind
        for name in self.attributes():
            field = self._field(name)
            field.help_text = _HELP.get(name, "")
            yield name, field

    def _field(self, name: str) -> forms.Field:  # noqa: PLR0911 - a way out for each kind
        words = name_of(name)
        if name in FLAGS:
            return forms.BooleanField(label=words, required=False)
        if name in QUANTITIES:
            return QuantityField(label=words, required=False)
        if name in ("latitude", "longitude"):
            return CoordinateField(label=words, required=False)
        if name == "adr_id":
            return AddressIdField(label=words, required=False)
        if name == "parent_eic":
            return EicField(kind=eic.METERING_POINT, label=words)
        if name == "transmission_network_eic":
            return EicField(kind=eic.AREA, label=words)
        known = codes_of(name, self.commodity)
        if known is None:
            if name == "location_comment":
                return CommentField(max_length=LONGEST_TEXT, rows=2, label=words)
            most = LONGEST_POSTCODE if name == "postcode" else LONGEST_TEXT
            return forms.CharField(label=words, max_length=most, required=False)
        if name in ("production_source", "coordinate_system"):
            return CodeField(known, label=words, required=False, empty=_("None"))
        return CodeField(known, label=words)

    @property
    def sections(self) -> list[Section]:
        """Give the form's fields under their headings."""
        found = [
            Section(_("Metering point"), self._bound("eic", "type", "parent_eic", "metering_type")),
            Section(_("Location"), self._bound(*_LOCATION)),
            Section(_("Coordinates"), self._bound(*_COORDINATES)),
        ]
        if self.block != AGGREGATOR_BLOCK:
            found.append(
                Section(
                    _("Characteristics"),
                    self._bound(*_CODED, "transmission_network_eic"),
                    self._bound(*FLAGS[1:]),
                )
            )
            found.append(Section(_("Production and storage"), self._bound(*_PRODUCTION)))
        return found

    def _bound(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    def refuse(self, error: DomainError) -> None:
        """Say all faults at their fields; an address of which nothing was given lacks three of them."""
        super().refuse(error)
        if any(fault.code == codes.MISSING and field_of(fault, self.paths) == "adr_id" for fault in error.faults):
            for name in ("county", "municipality"):
                self.add_error(name, gettext("Required if there is no address ID."))

    def refuse_beside(self, find: Callable[[GivenPoint], list[Fault]]) -> None:
        """Where fields are wrong, say what the rules find (`find`) in the others, too: every fault in one pass."""
        if self.is_valid():
            return
        wrong = set(self.errors)
        told = []
        for fault in find(self._right_part(wrong)):
            name = field_of(fault, self.paths)
            if name in self.fields and name not in wrong:
                told.append(fault)
        if told:
            self.refuse(DomainError(told))

    def _right_part(self, wrong: set[str]) -> GivenPoint:
        """Give what was filled in but for the fields that are wrong; an address id that is wrong was given, too."""
        sent = self.cleaned_data
        values = {name: sent.get(name) or None for name in self.attributes() if name not in FLAGS}
        values |= {name: bool(sent.get(name)) for name in self.attributes() if name in FLAGS}
        values |= {"adr_id": values["adr_id"] or (1 if "adr_id" in wrong else None)}
        if self.point is not None:
            return GivenPoint(self.point.eic, None, values, frozenset({self.block}))
        return GivenPoint(sent.get("eic") or "", self.point_type, values, frozenset({self.block}))

    def given(self) -> GivenPoint:
        """Give what was filled in as the services take it; what was left empty is unset."""
        sent = self.cleaned_data
        values = {name: None if sent[name] == "" else sent[name] for name in self.attributes()}
        if self.point is not None:
            return GivenPoint(self.point.eic, None, values, frozenset({self.block}))
        return GivenPoint(sent["eic"], sent["type"], values, frozenset({self.block}))
