"""The admin of parties, with what staff save of them told to those it concerns.

It stands here since agreements decide who they are, and parties know no agreements.
"""

from django.contrib import admin
from django.utils import timezone

from datahub.agreements.services import customers
from datahub.market import MetadataType
from datahub.parties.admin import PartyAdmin
from datahub.parties.models import Party
from datahub.parties.rules import IdentityFact


@admin.register(Party)
class TellingPartyAdmin(PartyAdmin):
    def change_party(
        self, party: Party, metadata: dict[MetadataType, str], identities: list[IdentityFact] | None
    ) -> None:
        """Save values or identities of a party as the hub's own act."""
        customers.change_party(party=party, metadata=metadata, identities=identities, now=timezone.now())
