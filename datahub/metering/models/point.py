"""Metering points. Source: `1-market.md`, "Metering points"."""

from enum import StrEnum

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Upper

from datahub import market
from datahub.metering.point_form import LONGEST_POSTCODE, LONGEST_TEXT
from datahub.parties.models import Party

# The words of a point's address, in any case and without a language. Signs part them, those too that PostgreSQL would
# read into a word: 20-3, 5/7 and A.H.Tammsaare are a number, a path and a host to it.
ADDRESS_WORDS = Func(
    "street_address",
    "locality",
    "municipality",
    "county",
    "postcode",
    template=r"to_tsvector('simple'::regconfig, regexp_replace(%(expressions)s, '[ -/:-@\[-`{-~]+', ' ', 'g'))",
    arg_joiner=" || ' ' || ",
    output_field=SearchVectorField(),
)


def _code(codes: type[StrEnum], *, blank: bool = False) -> "models.CharField[str, str]":
    return models.CharField(max_length=40, choices=market.choices(codes), blank=blank)


class MeteringPoint(models.Model):
    """A metering point as it now is. Which characteristics are set follows from its commodity and type."""

    eic = models.CharField("EIC", max_length=16, unique=True)
    commodity = _code(market.Commodity)
    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="metering_points")
    owner_role = _code(market.Role)
    metering_type = _code(market.MeteringType)
    type = _code(market.MeteringPointType)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    # --- location ---
    adr_id = models.BigIntegerField(null=True, blank=True)
    location_comment = models.CharField(max_length=LONGEST_TEXT, blank=True)
    county = models.CharField(max_length=LONGEST_TEXT, blank=True)
    municipality = models.CharField(max_length=LONGEST_TEXT, blank=True)
    locality = models.CharField(max_length=LONGEST_TEXT, blank=True)
    street_address = models.CharField(max_length=LONGEST_TEXT, blank=True)
    postcode = models.CharField(max_length=LONGEST_POSTCODE, blank=True)
    coordinate_system = _code(market.CoordinateSystem, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    # --- characteristics; powers in kW, energies in kWh ---
    consumption_scale = _code(market.ConsumptionScale, blank=True)
    connection_state = _code(market.ConnectionState, blank=True)
    resolution = _code(market.Resolution, blank=True)
    customer_type = models.CharField(max_length=40, blank=True)
    production = models.BooleanField(null=True, blank=True)
    production_source = models.CharField(max_length=40, blank=True)
    transmission_network_eic = models.CharField(max_length=16, blank=True)
    apartment_association = models.BooleanField(null=True, blank=True)
    isolated_metering_point = models.BooleanField(null=True, blank=True)
    electrical_heating = models.BooleanField(null=True, blank=True)
    charging_point = models.BooleanField(null=True, blank=True)
    storage_capacity = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    storage_energy = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    production_capacity = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    transmission_capacity = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        db_table = "metering_point"
        ordering = ["eic"]
        constraints = [
            models.CheckConstraint(
                condition=Q(type=market.MeteringPointType.AGGREGATION.value, parent__isnull=False)
                | (~Q(type=market.MeteringPointType.AGGREGATION.value) & Q(parent__isnull=True)),
                name="metering_point_parent_of_aggregation",
            )
        ]
        # For staff, who list the points of a type or a commodity.
        indexes = [
            models.Index(fields=["type", "eic"], name="metering_point_by_type"),
            models.Index(fields=["commodity", "eic"], name="metering_point_by_commodity"),
            # For an operator that searches its own, in a role, and for what is worked through point by point.
            models.Index(
                fields=["owner", "commodity", "eic"],
                include=["id", "owner_role", "type"],
                name="metering_point_of_owner",
            ),
            models.Index(fields=["adr_id"], name="metering_point_by_address", condition=Q(adr_id__isnull=False)),
            # For lists: what few points have is found by any of the attributes, and by several together. Written at
            # once, since a list of what is still to be written in would be read by each search.
            GinIndex(
                "metering_type",
                "type",
                "consumption_scale",
                "connection_state",
                "resolution",
                "customer_type",
                "production",
                "production_source",
                "transmission_network_eic",
                "apartment_association",
                "isolated_metering_point",
                "electrical_heating",
                "charging_point",
                "storage_capacity",
                "storage_energy",
                "production_capacity",
                "transmission_capacity",
                Upper("county"),
                Upper("municipality"),
                name="metering_point_by_attributes",
                fastupdate=False,
            ),
            GinIndex(ADDRESS_WORDS, name="metering_point_by_words", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.eic


class MeteringPointVersion(models.Model):
    """A metering point as it was known from one save on. `known_from` is the id of the outbox unit of that save.

    `data` is the point in the form of the API (`POST /meter`).
    """

    point = models.ForeignKey(MeteringPoint, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    known_from = models.BigIntegerField()
    saved_at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        db_table = "metering_point_version"
        constraints = [models.UniqueConstraint(fields=["point", "version"], name="metering_point_version_once")]

    def __str__(self) -> str:
        return f"{self.point_id} v{self.version}"
