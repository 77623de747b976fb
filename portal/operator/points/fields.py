"""Fields of forms that metering points need: numbers as people write them, parts of codes and of addresses."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from datahub.metering.addresses import MOST_WORDS, words_of
from datahub.parties import eic
from portal.forms import EicField

LEAST_OF_CODE = 8
_CODE_LENGTH = 16
_BEGINNING_OF_CODE = re.compile(r"\d{2}Z[A-Z0-9-]*", re.ASCII)
LARGEST_ADR_ID = 2**53 - 1  # what every JSON reader keeps exactly
_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009")


class NumberInput(forms.TextInput):
    """A text in which a number is typed; browsers' own fields refuse a comma or a point by their own language."""

    def __init__(self, *, decimal: bool = True) -> None:
        super().__init__(attrs={"inputmode": "decimal" if decimal else "numeric", "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        """Write a number as it is read here; what was typed stays as it is."""
        if value is None or value == "":
            return None
        if isinstance(value, float):
            value = Decimal(repr(value))
        if not isinstance(value, Decimal):
            return str(value)
        written = format(value, "f")
        plain = written.rstrip("0").rstrip(".") if "." in written else written
        return plain.replace(".", number_format(Decimal("0.1"), 1)[1])


class _TypedNumber(forms.DecimalField):
    """A number with a comma or a point, in groups or not."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs say int
        """Read what was typed."""
        if isinstance(value, str):
            value = value.translate(_BLANKS).replace(",", ".")
            if value and not value.replace(".", "", 1).replace("-", "", 1).isascii():
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class QuantityField(_TypedNumber):
    """A power (kW) or an energy (kWh): two decimals, not negative."""

    def __init__(self, **named: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=Decimal(0), widget=NumberInput(), **named)


class CoordinateField(_TypedNumber):
    """One number of a coordinate, cleaned to a float of the same value."""

    def __init__(self, **named: Any) -> None:
        super().__init__(max_digits=22, decimal_places=15, widget=NumberInput(), **named)

    def clean(self, value: Any) -> float | None:
        """Check the number, and that a double keeps it exactly."""
        number = super().clean(value)
        if number is None:
            return None
        if Decimal(repr(float(number))) != number:
            raise ValidationError(_("Enter at most 8 decimals."))
        return float(number)


class AddressIdField(forms.IntegerField):
    """The id of an address in the national register."""

    def __init__(self, **named: Any) -> None:
        widget = NumberInput(decimal=False)
        super().__init__(min_value=1, max_value=LARGEST_ADR_ID, widget=widget, **named)


class CodeOrBeginningField(EicField):
    """The code of a metering point, or its beginning; cleaned to what was given of it."""

    def __init__(self, **named: Any) -> None:
        super().__init__(kind=eic.METERING_POINT, **named)

    def clean(self, value: Any) -> str:
        """Check the code, or of a shorter one its form."""
        code = "".join(forms.CharField.clean(self, value).split()).upper()
        if not code or len(code) >= _CODE_LENGTH:
            return super().clean(value)
        if len(code) < LEAST_OF_CODE:
            raise ValidationError(
                _("Enter the whole code, or at least its first %(n)s characters.") % {"n": LEAST_OF_CODE}
            )
        if not _BEGINNING_OF_CODE.fullmatch(code):
            raise ValidationError(
                _("The code of a metering point begins with two digits and Z; letters, digits and hyphens follow.")
            )
        return code


class AddressField(forms.CharField):
    """Words of an address, in any order."""

    def __init__(self, **named: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **named)

    def clean(self, value: Any) -> str:
        """Check that there are words in the text, and not too many."""
        text: str = super().clean(value)
        words = words_of(text)
        if text and not words:
            raise ValidationError(_("Enter words or numbers of the address, for example Tamme 5."))
        if len(words) > MOST_WORDS:
            raise ValidationError(_("Enter at most %(n)s words of the address."), params={"n": MOST_WORDS})
        return text
