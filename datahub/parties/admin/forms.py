"""The admin's forms of parties: the same rules as everywhere, their faults at the fields."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone

from datahub.errors import Fault
from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Role
from datahub.parties import eic as eic_codes
from datahub.parties import rules, selectors
from datahub.parties.admin.saving import RefusableForm, ServedForm, ServedFormSet, add_faults, messages_of
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party, Representation
from datahub.parties.rules import IdentityFact
from datahub.parties.services import roles
from datahub.parties.services.parties import is_email

_PERIOD_FIELDS = {"validFrom": "valid_from", "validTo": "valid_to"}


class PartyForm(RefusableForm):
    """A party's code and type. Its name follows from its metadata."""

    class Meta:
        model = Party
        fields = ["eic", "type"]

    def clean_eic(self) -> str:
        """Refuse what is no party's code."""
        code = str(self.cleaned_data["eic"])
        if fault := eic_codes.check(code, kind=eic_codes.PARTY, path="EIC"):
            raise ValidationError(fault.message)
        return code


def _standing(formset: BaseInlineFormSet) -> list[Any]:
    """Give the forms of an inline that hold a row which is to stand."""
    return [
        form
        for form in formset.forms
        if form not in formset.deleted_forms and getattr(form, "cleaned_data", None) and form.is_valid()
    ]


def _type_of(formset: BaseInlineFormSet) -> PartyType | None:
    kind = formset.instance.type
    return PartyType(kind) if kind in set(PartyType) else None


_IDENTITY_FIELDS = {"identityType": "type", "identityValue": "value"}


def _show_refused(formset: Any) -> None:
    """Raise what the service refused of rows that are saved together."""
    if None in formset.refused:
        raise ValidationError(messages_of(formset.refused[None]))


class IdentityFormSet(BaseInlineFormSet):
    """A party's identities: those that its type may and must have."""

    refused: Mapping[int | None, tuple[Fault, ...]] = {}

    def identities(self) -> list[IdentityFact]:
        """Give all the identities that the party is to have."""
        rows: list[Identity] = [form.instance for form in _standing(self)]
        return [IdentityFact(IdentityType(row.type), row.value, row.country, row.issuer) for row in rows]

    def clean(self) -> None:
        """Check each identity and that none is lacking."""
        super().clean()
        party_type = _type_of(self)
        if party_type is None:
            return
        identities = []
        before: set[tuple[str, str, str]] = set()
        for form in _standing(self):
            row: Identity = form.instance
            identity = IdentityFact(IdentityType(row.type), row.value, row.country, row.issuer)
            identities.append(identity)
            add_faults(form, rules.identity_faults(party_type, identity, "identity"), _IDENTITY_FIELDS)
            same = (row.type, row.value, row.country)
            if same in before:
                form.add_error("value", "The party has this identity twice.")
            before.add(same)
            taken = Identity.objects.filter(party_type=party_type, type=row.type, value=row.value, country=row.country)
            if other := taken.exclude(party=self.instance.pk).select_related("party").first():
                form.add_error("value", f"{other} is the identity of another party already: {other.party}.")
        if not any(self.errors):
            faults = rules.required_identity_faults(party_type, identities, "An identity")
            if faults:
                raise ValidationError(messages_of(faults))
            _show_refused(self)


class MetadataFormSet(BaseInlineFormSet):
    """New values of a party; each ends the former of its type when it is saved."""

    refused: Mapping[int | None, tuple[Fault, ...]] = {}

    def new_values(self) -> dict[MetadataType, str]:
        """Give the values that are added."""
        rows: list[Metadata] = [form.instance for form in _standing(self) if form.instance.pk is None]
        return {MetadataType(row.type): row.value for row in rows}

    def clean(self) -> None:
        """Check the values as they would be known together."""
        super().clean()
        party_type = _type_of(self)
        if party_type is None or any(self.errors):
            return
        added = [form.instance.type for form in _standing(self) if form.instance.pk is None]
        if len(set(added)) < len(added):
            raise ValidationError("Give one value of a type.")
        known = selectors.metadata_at(self.instance, timezone.now()) if self.instance.pk else {}
        values = {**known, **self.new_values()}
        faults = rules.metadata_faults(party_type, values, "metadata", is_email)
        at_rows = {form.instance.type: form for form in _standing(self) if form.instance.pk is None}
        elsewhere = []
        for fault in faults:
            form = at_rows.get(str(fault.args[0]).rpartition(".")[2])
            if form is None:
                elsewhere.append(fault.message)
            else:
                form.add_error("value", fault.message)
        if elsewhere:
            raise ValidationError(elsewhere)
        if not faults:
            _show_refused(self)


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
