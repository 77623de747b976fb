"""The admin's forms of parties: what the services refuse of them stands at its field."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from datahub.errors import Fault
from datahub.market import Commodity, IdentityType, MetadataType, Role
from datahub.parties.admin.saving import Faults, ServedForm, ServedFormSet
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party, RedirectHost, Representation
from datahub.parties.rules import IdentityFact
from datahub.parties.services import redirect_hosts, roles

_PERIOD_FIELDS = {"validFrom": "valid_from", "validTo": "valid_to"}


class PartyForm(ServedForm):
    """A party's code and type. Its name follows from its metadata."""

    class Meta:
        model = Party
        fields = ["eic", "type"]


# Paths of faults, by which their rows are found again.
IDENTITIES, METADATA = "identities", "metadata"
_IDENTITY = re.compile(rf"{IDENTITIES}\[([0-9]+)\]")


class SavedTogether(ServedFormSet):
    """Rows of a party that are saved all at once, by the service that the participants' systems use."""

    def standing(self) -> list[tuple[int, Any]]:
        """Give the rows that are to stand, by the numbers of their forms."""
        return [
            (number, form.instance)
            for number, form in enumerate(self.forms)
            if form not in self.deleted_forms and getattr(form, "cleaned_data", None) and form.is_valid()
        ]

    def row_of(self, path: str) -> int | None:
        """Give the number of the form that the path of a fault is about, or None for the whole."""
        raise NotImplementedError

    def is_about(self, fault: Fault) -> bool:
        """Tell whether a fault is of these rows."""
        raise NotImplementedError

    def faults_by_row(self, faults: Iterable[Fault]) -> Faults:
        """Give those of some faults that are of these rows, each where it belongs."""
        found: Faults = {}
        for fault in faults:
            if self.is_about(fault):
                place = self.prefix, self.row_of(str(fault.args[0]))
                found[place] = (*found.get(place, ()), fault)
        return found


class IdentityForm(ServedForm):
    """A code by which a party is known outside the hub."""

    fault_fields = {"identityType": "type", "identityValue": "value", IDENTITIES: "value"}

    class Meta:
        model = Identity
        fields = ["type", "value", "country", "issuer"]

    def clean_value(self) -> str:
        """Take spaces for slips of the hand, as they come with what is pasted: a code is compared as it stands."""
        return "".join(str(self.cleaned_data["value"]).split())

    def clean_country(self) -> str:
        """Write a country in capitals."""
        return str(self.cleaned_data["country"]).upper()


class IdentityFormSet(SavedTogether):
    """A party's identities: all that it is to have."""

    def identities(self) -> list[IdentityFact]:
        """Give all the identities that the party is to have."""
        rows: list[Identity] = [row for _, row in self.standing()]
        return [IdentityFact(IdentityType(row.type), row.value, row.country, row.issuer) for row in rows]

    def row_of(self, path: str) -> int | None:
        """Give the number of the form of an identity, which the service counts without those taken back."""
        named = _IDENTITY.match(path)
        return None if named is None else self.standing()[int(named[1])][0]

    def is_about(self, fault: Fault) -> bool:
        """Tell whether a fault is of the identities."""
        return str(fault.args[0]).startswith(IDENTITIES)


class MetadataForm(ServedForm):
    """A new value of a party."""

    fault_fields = {kind.value: "value" for kind in MetadataType}

    class Meta:
        model = Metadata
        fields = ["type", "value"]


class MetadataFormSet(SavedTogether):
    """New values of a party; each ends the former of its type when it is saved."""

    def added(self) -> list[tuple[int, Metadata]]:
        """Give the rows of the values that are added."""
        return [(number, row) for number, row in self.standing() if row.pk is None]

    def new_values(self) -> dict[MetadataType, str]:
        """Give the values that are added."""
        return {MetadataType(row.type): row.value for _, row in self.added()}

    def row_of(self, path: str) -> int | None:
        """Give the number of the form of a value, which the service names by its type."""
        return next((number for number, row in self.added() if row.type == path.rpartition(".")[2]), None)

    def is_about(self, fault: Fault) -> bool:
        """Tell whether a fault is of the values."""
        return str(fault.args[0]).startswith(METADATA)

    def clean(self) -> None:
        """Refuse two values of a type, of which the service could be told one alone."""
        super().clean()
        kinds = [row.type for _, row in self.added()]
        if len(set(kinds)) < len(kinds):
            raise ValidationError(_("Enter one value per type."))


class RedirectHostForm(ServedForm):
    """A host to which customers are led back. Once registered, it stays as it is."""

    class Meta:
        model = RedirectHost
        fields = ["host"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["host"].disabled = True


class RedirectHostFormSet(ServedFormSet):
    """The hosts to which a participant may have customers led back."""

    def add(self, row: RedirectHost) -> None:
        """Register the host."""
        row.pk = redirect_hosts.register_redirect_host(participant=self.instance, host=row.host).pk

    def take_back(self, row: RedirectHost) -> None:
        """Take the host back."""
        redirect_hosts.withdraw_redirect_host(participant=self.instance, host=row.host)


class MarketRoleForm(ServedForm):
    """A market role. Once given, only its end can change."""

    fault_fields = _PERIOD_FIELDS

    class Meta:
        model = MarketRole
        fields = ["role", "commodity", "valid_from", "valid_to"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("role", "commodity", "valid_from"):
                self.fields[name].disabled = True


class MarketRoleFormSet(ServedFormSet):
    """A participant's market roles."""

    def add(self, row: MarketRole) -> None:
        """Give the role."""
        given = roles.give_role(
            participant=self.instance,
            role=Role(row.role),
            commodity=Commodity(row.commodity),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        row.pk = given.pk

    def change(self, row: MarketRole) -> None:
        """Move the role's end."""
        roles.change_role_end(held=row, valid_to=row.valid_to)


class EicRangeForm(ServedForm):
    """A code range. Once given, it stays as it is."""

    fault_fields = {"eicRange": "prefix"}

    class Meta:
        model = EicRange
        fields = ["prefix"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["prefix"].disabled = True


class EicRangeFormSet(ServedFormSet):
    """A participant's code ranges."""

    def add(self, row: EicRange) -> None:
        """Give the range."""
        row.pk = roles.give_code_range(participant=self.instance, prefix=row.prefix).pk

    def take_back(self, row: EicRange) -> None:
        """Take the range back."""
        roles.withdraw_code_range(participant=self.instance, prefix=row.prefix)


class RepresentationForm(ServedForm):
    """Who may act for a company or organisation. Once given, only its period can change."""

    fault_fields = _PERIOD_FIELDS

    class Meta:
        model = Representation
        fields = ["person", "customer", "valid_from", "valid_to"]
