"""Parties with their identities and metadata, and what market participants hold. Source: `1-market.md`, "Parties"."""

from datetime import datetime
from typing import Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat, Upper
from simple_history.models import HistoricalRecords

from datahub import market

# The half-open period of a row as PostgreSQL's tstzrange, for constraints that forbid overlaps.
VALIDITY = (
    Func(F("valid_from"), F("valid_to"), RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField()),
    RangeOperators.OVERLAPS,
)


Row = TypeVar("Row", bound=models.Model)


class ValidityQuerySet(models.QuerySet[Row]):
    """Filters for rows with valid_from and valid_to."""

    def valid_at(self, instant: datetime) -> Self:
        """Keep what is valid at an instant."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=instant), valid_from__lte=instant)

    def overlapping(self, start: datetime, end: datetime | None) -> Self:
        """Keep what is valid at some time in [start, end)."""
        kept = self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=start))
        return kept if end is None else kept.filter(valid_from__lt=end)


class Party(models.Model):
    """Anyone with an X code: a customer (person, company, organisation) or a market participant.

    `name` is the party's present name for people who read lists; its metadata is what counts.
    """

    eic = models.CharField("EIC", max_length=16, unique=True)
    type = models.CharField(max_length=20, choices=market.choices(market.PartyType))
    name = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        db_table = "parties_party"
        verbose_name_plural = "parties"
        ordering = ["eic"]
        # For staff, who look a party up by the beginning of its name, or list those of a type.
        indexes = [
            models.Index(OpClass(Upper("name"), name="varchar_pattern_ops"), name="parties_party_by_name"),
            models.Index(fields=["type", "eic"], name="parties_party_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.eic} {self.name}"


class Identity(models.Model):
    """A code by which a party is known outside the hub."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="identities")
    party_type = models.CharField(max_length=20, choices=market.choices(market.PartyType), editable=False)
    type = models.CharField(max_length=20, choices=market.choices(market.IdentityType))
    value = models.CharField(max_length=100)
    country = models.CharField("country (ISO 3166 alpha-2)", max_length=2)
    issuer = models.CharField(max_length=250, blank=True)

    history = HistoricalRecords()

    class Meta:
        db_table = "parties_identity"
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(
                fields=["party_type", "type", "value", "country"], name="parties_identity_once_per_party_type"
            )
        ]
        indexes = [models.Index(fields=["value"], name="parties_identity_by_value")]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.value} {self.country}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the party's type beside the identity: the pair is unique only within a type of party."""
        self.party_type = self.party.type
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Metadata(models.Model):
    """What is known of a party, one value per type at a time; the former ones are its history."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="metadata")
    type = models.CharField(max_length=30, choices=market.choices(market.MetadataType))
    value = models.CharField(max_length=250)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = ValidityQuerySet.as_manager()

    class Meta:
        db_table = "parties_metadata"
        verbose_name_plural = "metadata"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="parties_metadata_period"
            ),
            ExclusionConstraint(
                name="parties_metadata_one_value_at_a_time",
                expressions=[("party", RangeOperators.EQUAL), ("type", RangeOperators.EQUAL), VALIDITY],
            ),
        ]
        # Companies and organisations are found by the beginning of their name; of people no name stands here.
        indexes = [
            models.Index(
                OpClass(Upper("value"), name="varchar_pattern_ops"),
                name="parties_metadata_by_name",
                condition=Q(type__in=["COMPANY_NAME", "ORGANIZATION_NAME"]),
            ),
            # For the names whose turn has come.
            models.Index(
                fields=["valid_from"],
                name="parties_metadata_names_begin",
                condition=Q(type__in=["COMPANY_NAME", "FIRST_NAME", "LAST_NAME", "ORGANIZATION_NAME"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.value}"


class MarketRole(models.Model):
    """A market role that a participant holds for a commodity during a time."""

    participant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=30, choices=market.choices(market.Role))
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = ValidityQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        db_table = "parties_market_role"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="parties_market_role_period",
                violation_error_message="The end must be after the start.",
            ),
            models.CheckConstraint(
                condition=Q(commodity=market.Commodity.ELECTRICITY.value)
                | ~Q(role__in=sorted(role.value for role in market.ELECTRICITY_ONLY_ROLES)),
                name="parties_market_role_commodity",
                violation_error_message="This role is held for ELECTRICITY alone.",
            ),
            ExclusionConstraint(
                name="parties_market_role_once_at_a_time",
                expressions=[
                    ("participant", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("commodity", RangeOperators.EQUAL),
                    VALIDITY,
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.get_commodity_display()}"


# All codes that begin with a prefix, as a range of texts by their bytes: no character of a code stands behind "~".
_CODES_IN_RANGE = Func(
    F("prefix"), Concat(F("prefix"), Value("~")), function="parties_codes", output_field=models.TextField()
)


class EicRange(models.Model):
    """The beginning of the metering point codes that an operator may give out."""

    participant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="eic_ranges")
    prefix = models.CharField(max_length=15, unique=True)

    history = HistoricalRecords()

    class Meta:
        db_table = "parties_eic_range"
        verbose_name = "EIC range"
        constraints = [
            ExclusionConstraint(
                name="parties_eic_range_of_one_participant",
                expressions=[("participant", RangeOperators.NOT_EQUAL), (_CODES_IN_RANGE, RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class RedirectHost(models.Model):
    """A host to which customers who granted a participant access may be led back, over https; in IDNA's ASCII form."""

    participant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="redirect_hosts")
    host = models.CharField(max_length=253)

    history = HistoricalRecords()

    class Meta:
        db_table = "parties_redirect_host"
        constraints = [models.UniqueConstraint(fields=["participant", "host"], name="parties_redirect_host_once")]

    def __str__(self) -> str:
        return self.host


class Representation(models.Model):
    """A person who may act for a company or organisation in the client portal."""

    person = models.ForeignKey("parties.User", on_delete=models.PROTECT, related_name="representations")
    customer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="representatives")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = ValidityQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        db_table = "parties_representation"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="parties_representation_period",
            ),
            ExclusionConstraint(
                name="parties_representation_once_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), ("customer", RangeOperators.EQUAL), VALIDITY],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.customer}"
