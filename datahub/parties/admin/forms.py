"""The admin's forms of parties: the same rules as everywhere, their faults at the fields."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils import timezone

from datahub.errors import Fault
from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Role
from datahub.parties import eic as eic_codes
from datahub.parties import rules, selectors
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party, Representation
from datahub.parties.rules import IdentityFact
from datahub.parties.services.parties import is_email


def messages_of(faults: Iterable[Fault]) -> list[str]:
    """Give the messages of faults, as forms show them."""
    return [fault.message for fault in faults]


def add_faults(form: forms.BaseForm, faults: Iterable[Fault], fields: Mapping[str, str] | None = None) -> None:
    """Add each fault at the field that the end of its path names, else on top; `fields` has the names that differ."""
    named = {name: name for name, field in form.fields.items() if not field.widget.is_hidden} | dict(fields or {})
    for fault in faults:
        end = str(fault.args[0]).rpartition(".")[2].partition("[")[0]
        form.add_error(named.get(end), fault.message)


class PartyForm(forms.ModelForm):
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


class IdentityFormSet(BaseInlineFormSet):
    """A party's identities: those that its type may and must have."""

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


class MetadataFormSet(BaseInlineFormSet):
    """New values of a party; each ends the former of its type when it is saved."""

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


class MarketRoleForm(forms.ModelForm):
    """A market role. Once given, only its end can change."""

    class Meta:
        model = MarketRole
        fields = ["role", "commodity", "valid_from", "valid_to"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("role", "commodity", "valid_from"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """Refuse an empty period."""
        given = super().clean() or {}
        _check_period(self, given)
        return given


class MarketRoleFormSet(BaseInlineFormSet):
    """A participant's market roles: those that its type and the commodity allow."""

    def clean(self) -> None:
        """Check each role."""
        super().clean()
        party_type = _type_of(self)
        if party_type is None:
            return
        before: list[MarketRole] = []
        for form in _standing(self):
            row: MarketRole = form.instance
            add_faults(form, rules.role_faults(party_type, Role(row.role), Commodity(row.commodity), "marketRole"))
            if any(_overlap(row, other) for other in before):
                form.add_error(None, "The participant holds this role in some of that time already.")
            before.append(row)


def _overlap(one: MarketRole, other: MarketRole) -> bool:
    same = (one.role, one.commodity) == (other.role, other.commodity)
    return same and all(a.valid_to is None or a.valid_to > b.valid_from for a, b in ((one, other), (other, one)))


def _check_period(form: forms.ModelForm, given: dict[str, Any]) -> None:
    if given.get("valid_from") and given.get("valid_to") and given["valid_to"] <= given["valid_from"]:
        form.add_error("valid_to", "It must be after its start.")


class EicRangeForm(forms.ModelForm):
    """A code range. Once given, it stays as it is."""

    class Meta:
        model = EicRange
        fields = ["prefix"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["prefix"].disabled = True

    def clean_prefix(self) -> str:
        """Refuse a range that meets another participant's."""
        prefix = str(self.cleaned_data["prefix"])
        others = EicRange.objects.exclude(participant=self.instance.participant_id).values_list("prefix", flat=True)
        if faults := rules.range_faults(prefix, list(others), "EIC range"):
            raise ValidationError(messages_of(faults))
        return prefix


class EicRangeFormSet(BaseInlineFormSet):
    """A participant's code ranges."""

    def clean(self) -> None:
        """Refuse to take back a range in which points stand."""
        super().clean()
        for form in self.deleted_forms:
            row: EicRange = form.instance
            if row.pk and row.participant.metering_points.filter(eic__startswith=row.prefix).exists():
                raise ValidationError(f"{row.prefix} cannot be deleted: metering points stand in it.")


class RepresentationForm(forms.ModelForm):
    """Who may act for a company or organisation."""

    class Meta:
        model = Representation
        fields = ["person", "customer", "valid_from", "valid_to"]

    def clean(self) -> dict[str, Any]:
        """Refuse a customer that acts for itself, and an empty period."""
        given = super().clean() or {}
        customer = given.get("customer")
        if customer is not None and customer.type not in {PartyType.LEGAL_PERSON, PartyType.ORGANIZATION}:
            self.add_error("customer", "Only a LEGAL_PERSON or an ORGANIZATION is represented.")
        _check_period(self, given)
        if not self.errors and self._stands(given):
            self.add_error("valid_from", "The person represents the customer in some of that time already.")
        return given

    def _stands(self, given: dict[str, Any]) -> bool:
        same = Representation.objects.filter(person=given["person"], customer=given["customer"])
        return same.exclude(pk=self.instance.pk).overlapping(given["valid_from"], given.get("valid_to")).exists()
