"""What customers let participants see. Source: `4-exchanges.md`, "Customer authorizations"."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest

from datahub import market
from datahub.local_times import day_in_words
from datahub.market import AuthorizationPurpose, Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party, User
from datahub.parties.models.party import ValidityQuerySet

_OFFERS = Q(role=Role.OPEN_SUPPLIER.value, purpose=AuthorizationPurpose.ENERGY_SUPPLY_OFFER.value) | Q(
    role=Role.AGGREGATOR.value,
    purpose=AuthorizationPurpose.AGGREGATION_OFFER.value,
    commodity=Commodity.ELECTRICITY.value,
)
_SERVICES = Q(
    role=Role.ENERGY_SERVICE_PROVIDER.value,
    purpose__in=["CARBON_ACCOUNTING", "ENERGY_EFFICIENCY", "ENERGY_MANAGEMENT", "FLEXIBILITY", "RESEARCH"],
)


class AuthorizationQuerySet(ValidityQuerySet["CustomerAuthorization"]):
    """Filters for authorizations."""

    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Keep what is valid at some time in [start, end); without a start from ever, without an end for ever.

        One that was revoked before it began is valid at no time.
        """
        kept = self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")))
        if start is not None:
            kept = kept.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=start))
        return kept if end is None else kept.filter(valid_from__lt=end)

    def ended_at(self, now: datetime) -> Self:
        """Keep what has ended, was revoked or never began, by an instant."""
        return self.filter(Q(valid_to__lte=now) | Q(revoked_at__isnull=False))

    def open_at(self, now: datetime) -> Self:
        """Keep what is valid at an instant or still to begin."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=now)).filter(revoked_at__isnull=True)


class CustomerAuthorization(models.Model):
    """A customer's word that a participant may see a metering point of hers, in one role, for a purpose.

    It is valid in [valid_from, valid_to), None open-ended, and opens the readings of [subject_from, subject_to). The
    role is held for the point's commodity. Revoking ends it with the same instant: `valid_to` is then `revoked_at`, or
    `valid_from` of one that had not begun and so never does. All instants but that of revoking are whole seconds, as
    messages and answers write them.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    customer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    point = models.ForeignKey(
        MeteringPoint, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name="metering point"
    )
    participant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(max_length=30, choices=market.choices(Role))
    commodity = models.CharField(max_length=20, choices=market.choices(Commodity))
    purpose = models.CharField(max_length=30, choices=market.choices(AuthorizationPurpose))
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    subject_from = models.DateTimeField()
    subject_to = models.DateTimeField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    objects = AuthorizationQuerySet.as_manager()

    class Meta:
        db_table = "access_authorization"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_to__gt=F("valid_from"))
                | Q(valid_to=F("valid_from"), revoked_at__isnull=False),
                name="access_authorization_period",
            ),
            models.CheckConstraint(
                condition=Q(subject_to__gt=F("subject_from")), name="access_authorization_subject_period"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__gte=F("given_at")), name="access_authorization_not_before_given"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(
                    revoked_at__isnull=False,
                    revoked_by__isnull=False,
                    valid_to=Greatest("revoked_at", "valid_from"),
                ),
                name="access_authorization_ends_when_revoked",
            ),
            models.CheckConstraint(condition=_OFFERS | _SERVICES, name="access_authorization_purpose_of_role"),
            models.CheckConstraint(
                condition=_SERVICES | Q(valid_to__isnull=False, valid_to__lte=F("valid_from") + timedelta(hours=48)),
                name="access_authorization_offer_hours",
            ),
        ]
        indexes = [
            # Who holds what now: one that ended is passed over, however many did.
            models.Index(
                fields=["participant", "role", "commodity", "valid_to"],
                include=["valid_from", "point", "customer"],
                name="access_authorization_held",
            ),
            # What a participant was given, in the order in which it searches.
            models.Index(
                fields=["participant", "role", "commodity", "valid_from", "id"],
                include=["valid_to"],
                name="access_authorization_search",
            ),
            # The first of each customer that a participant holds.
            models.Index(
                fields=["customer", "participant", "role", "commodity", "valid_to", "valid_from", "id"],
                name="access_authorization_of_cust",
            ),
            models.Index(fields=["point", "given_at", "id"], name="access_authorization_by_point"),
            models.Index(fields=["customer", "given_at", "id"], name="access_authorization_by_cust"),
            # For staff, who see the newest first.
            models.Index(fields=["participant", "given_at", "id"], name="access_authorization_by_part"),
            models.Index(fields=["given_at", "id"], name="access_authorization_newest"),
            # For what has been kept long enough.
            models.Index(fields=["valid_to"], name="access_authorization_ended", condition=Q(valid_to__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {day_in_words(self.valid_from)}"

    def is_valid_at(self, instant: datetime) -> bool:
        """Tell whether it is valid at an instant."""
        return self.valid_from <= instant and (self.valid_to is None or instant < self.valid_to)
