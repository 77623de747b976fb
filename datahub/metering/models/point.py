"""Metering points. Source: `1-market.md`, "Metering points"."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from datahub import market
from datahub.parties.models import Party


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
    location_comment = models.CharField(max_length=255, blank=True)
    county = models.CharField(max_length=255, blank=True)
    municipality = models.CharField(max_length=255, blank=True)
    locality = models.CharField(max_length=255, blank=True)
    street_address = models.CharField(max_length=255, blank=True)
    postcode = models.CharField(max_length=50, blank=True)
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
