"""The admin of parties, with their identities, metadata, market roles and code ranges."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from datahub.errors import DomainError, Fault
from datahub.market import MetadataType, PartyType
from datahub.parties.admin import forms
from datahub.parties.admin.saving import Faults, Refused, SavedByServices, ServedInline
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party, RedirectHost
from datahub.parties.rules import IdentityFact
from datahub.parties.services.parties import register_party
from datahub.staff.lists import BoundedList, KeptHistory, NoDelete
from datahub.staff.looks import Look, Of, ShowsCustomers

# What is no party's code.
_NO_CODE = "-"
_EIC_START = re.compile(r"[0-9]{2}[XYZWTVA]")


class IdentityInline(ServedInline):
    model = Identity
    form = forms.IdentityForm
    formset = forms.IdentityFormSet
    fields = ["type", "value", "country", "issuer"]
    extra = 0


class MetadataInline(ServedInline):
    """What is known of the party: a new value ends the former, which stays as history."""

    model = Metadata
    form = forms.MetadataForm
    formset = forms.MetadataFormSet
    fields = ["type", "value", "valid_from", "valid_to"]
    readonly_fields = ["valid_from", "valid_to"]
    ordering = ["type", "-valid_from"]
    extra = 0
    can_delete = False
    verbose_name = _("value")
    verbose_name_plural = _("metadata (a new value ends the previous one of its type)")

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


class RedirectHostInline(ServedInline):
    """Where customers go back to who gave an authorization by the participant's link."""

    model = RedirectHost
    form = forms.RedirectHostForm
    formset = forms.RedirectHostFormSet
    extra = 0


class PartyAdmin(ShowsCustomers, SavedByServices, NoDelete, BoundedList, KeptHistory):
    """Parties as staff keep them; registered in `datahub.agreements.admin_parties`, where saves are told."""

    form = forms.PartyForm
    list_display = ["eic", "name", "type"]
    list_filter = ["type"]
    search_fields = ["eic"]
    search_help_text = _("The beginning of a code or of a name, or a whole registry, personal or document code")
    readonly_fields = ["name", "created_at"]
    ordering = ["eic"]
    inlines = [IdentityInline, MetadataInline, MarketRoleInline, EicRangeInline, RedirectHostInline]
    history_list_display = ["type", "name"]

    def looks_in_list(self, row: Party) -> Iterable[Look]:
        """Name who is a customer; what is known of a participant is the market's."""
        return [] if row.type == PartyType.MARKET_PARTICIPANT else [Look(Of.CUSTOMERS, customer_eic=row.eic)]

    def find(self, request: HttpRequest, queryset: QuerySet[Party], term: str) -> QuerySet[Party]:
        """Search by the one index that fits the term's form."""
        if _EIC_START.match(term):
            return queryset.filter(eic__startswith=term)
        if any(character.isdigit() for character in term):
            # As it stands and as it may have been meant: pasted with spaces, typed in small letters.
            plain = "".join(term.split())
            known = Identity.objects.filter(value__in={term, plain, plain.upper()}).values("party")
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

    def save_model(self, request: HttpRequest, obj: Party, form: Any, change: bool) -> None:
        """Leave a new party to its identities and values, with which it is registered; one that stands, as it is."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Register a new party, or change one, by the services that the participants' systems use; then the rest."""
        party: Party = form.instance
        together = [formset for formset in formsets if isinstance(formset, forms.SavedTogether)]
        for formset in together:
            formset.save(commit=False)  # only notes for the log what is done
        refused: Faults = {}
        try:
            self._save_together(party, together, change)
        except DomainError as error:
            for formset in together:
                refused |= formset.faults_by_row(error.faults)
            if own := tuple(one for one in error.faults if not any(formset.is_about(one) for formset in together)):
                refused["", None] = own
            if not change:
                self._stand_in(party, own)
        rest = [formset for formset in formsets if formset not in together]
        try:
            super().save_related(request, form, rest, change)
        except Refused as error:
            raise Refused(refused | error.faults) from error
        if refused:
            raise Refused(refused)

    def _stand_in(self, party: Party, own: tuple[Fault, ...]) -> None:
        """Let the rest of a new party's page be checked, too, on a row that is taken back with the whole save."""
        eic = _NO_CODE if own else party.eic
        party.pk = Party.objects.create(eic=eic, type=party.type).pk

    def _save_together(self, party: Party, together: list[forms.SavedTogether], change: bool) -> None:
        identities, values, moved = [], {}, False
        for formset in together:
            if isinstance(formset, forms.IdentityFormSet):
                identities, moved = formset.identities(), formset.has_changed()
            elif isinstance(formset, forms.MetadataFormSet):
                values = formset.new_values()
        if change:
            if values or moved:
                self.change_party(party, values, identities if moved else None)
            return
        kind, now = PartyType(party.type), timezone.now()
        made = register_party(eic=party.eic, party_type=kind, identities=identities, metadata=values, now=now)
        party.pk, party.name, party.created_at = made.pk, made.name, made.created_at
        party._state.adding = False
