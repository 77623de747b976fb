"""The admin of parties, with their identities, metadata, market roles and code ranges."""

import re
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from datahub.errors import DomainError
from datahub.market import MetadataType, PartyType
from datahub.parties.admin import forms
from datahub.parties.admin.saving import Refused, SavedByServices, ServedInline
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party
from datahub.parties.rules import IdentityFact
from datahub.staff_lists import BoundedList, KeptHistory, NoDelete

_EIC_START = re.compile(r"[0-9]{2}[XYZWTVA]")


class IdentityInline(ServedInline):
    model = Identity
    formset = forms.IdentityFormSet
    fields = ["type", "value", "country", "issuer"]
    extra = 0


class MetadataInline(ServedInline):
    """What is known of the party: a new value ends the former, which stays as history."""

    model = Metadata
    formset = forms.MetadataFormSet
    fields = ["type", "value", "valid_from", "valid_to"]
    readonly_fields = ["valid_from", "valid_to"]
    ordering = ["type", "-valid_from"]
    extra = 0
    can_delete = False
    verbose_name_plural = "metadata (a new value ends the former of its type)"

    def has_change_permission(self, request: HttpRequest, obj: Party | None = None) -> bool:
        """Keep former values as they are."""
        return False


class MarketRoleInline(NoDelete, ServedInline):
    model = MarketRole
    form = forms.MarketRoleForm
    formset = forms.MarketRoleFormSet
    ordering = ["role", "commodity", "valid_from"]
    extra = 0


class EicRangeInline(ServedInline):
    model = EicRange
    form = forms.EicRangeForm
    formset = forms.EicRangeFormSet
    extra = 0


class PartyAdmin(SavedByServices, NoDelete, BoundedList, KeptHistory):
    """Parties as staff keep them; registered in `datahub.agreements.admin_parties`, where saves are told."""

    form = forms.PartyForm
    list_display = ["eic", "name", "type"]
    list_filter = ["type"]
    search_fields = ["eic"]
    search_help_text = "The beginning of a code or of a name, or a whole registry, personal or document code"
    readonly_fields = ["name", "created_at"]
    ordering = ["eic"]
    inlines = [IdentityInline, MetadataInline, MarketRoleInline, EicRangeInline]
    history_list_display = ["type", "name"]

    def find(self, request: HttpRequest, queryset: QuerySet[Party], term: str) -> QuerySet[Party]:
        """Search by the one index that fits the term's form."""
        if _EIC_START.match(term):
            return queryset.filter(eic__startswith=term)
        if any(character.isdigit() for character in term):
            known = Identity.objects.filter(value=term).values("party")
            return queryset.filter(pk__in=known)
        return queryset.filter(name__istartswith=term)

    def get_fields(self, request: HttpRequest, obj: Party | None = None) -> Any:
        """Show the name once it is known."""
        return ["eic", "type"] if obj is None else ["eic", "type", "name", "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the code and the type of a party that stands."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else ["eic", "type", *fields]

    def get_inlines(self, request: HttpRequest, obj: Party | None) -> Any:
        """Offer roles and ranges only to those who may hold them."""
        if obj is not None and obj.type != PartyType.MARKET_PARTICIPANT:
            return [IdentityInline, MetadataInline]
        return list(self.inlines)

    def change_party(
        self, party: Party, metadata: dict[MetadataType, str], identities: list[IdentityFact] | None
    ) -> None:
        """Save values or identities of a party. Who is to be told of them, a floor above knows."""
        raise NotImplementedError

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save identities and values by the service that the participants' systems use."""
        party: Party = form.instance
        if isinstance(formset, forms.MetadataFormSet):
            formset.save(commit=False)
            self._change(formset, party, formset.new_values(), None)
        elif isinstance(formset, forms.IdentityFormSet):
            formset.save(commit=False)
            if formset.has_changed():
                self._change(formset, party, {}, formset.identities())
        else:
            super().save_formset(request, form, formset, change)

    def _change(
        self, formset: Any, party: Party, values: dict[MetadataType, str], identities: list[IdentityFact] | None
    ) -> None:
        try:
            if values or identities is not None:
                self.change_party(party, values, identities)
        except DomainError as error:
            raise Refused({(formset.prefix, None): error.faults}) from error
