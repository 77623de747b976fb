"""Agreements as they now stand, and every version of them. Source: `1-market.md`, "Agreements"."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from datahub import market
from datahub.local_times import day_in_words
from datahub.market import AgreementType
from datahub.metering.models import MeteringPoint
from datahub.parties.models import Party
from datahub.parties.models.party import VALIDITY, ValidityQuerySet


class AgreementQuerySet(ValidityQuerySet["Agreement"]):
    """Filters for agreements."""

    def standing(self) -> "AgreementQuerySet":
        """Keep what was not deleted."""
        return self.filter(deleted_at__isnull=True)


class AgreementFields(models.Model):
    """What an agreement says; the same in the agreement and in each of its versions.

    `service_provider_role` and `customer_role` are the market roles in which the two stand in it (empty for a customer
    without one): messages are addressed to a participant in that role. `parent_point` is the point above an aggregation
    point. `original_valid_to` is the end that its registrar gave it: it grows back to it when what shortened it is
    extended.
    """

    type = models.CharField(max_length=20, choices=market.choices(AgreementType))
    agreement_id = models.CharField("agreementId", max_length=50, blank=True)
    point = models.ForeignKey(MeteringPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    parent_point = models.ForeignKey(MeteringPoint, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    service_provider = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    service_provider_role = models.CharField(max_length=30, choices=market.choices(market.Role))
    customer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    customer_role = models.CharField(max_length=30, choices=market.choices(market.Role), blank=True)
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))
    preliminary_termination_fee = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    original_valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_type_display()}, {day_in_words(self.valid_from)}"


def _one_at_a_time(name: str, types: list[AgreementType], *same: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=f"agreements_one_{name}",
        expressions=[*((column, RangeOperators.EQUAL) for column in same), VALIDITY],
        condition=Q(type__in=[t.value for t in types], deleted_at__isnull=True),
    )


class Agreement(AgreementFields):
    """An agreement as it now stands. A deleted one stays, with `deleted_at`.

    `quiet` says of a GENERAL_SERVICE that nobody was told of it yet, since it had not started.
    """

    quiet = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        db_table = "agreements_agreement"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="agreements_period"
            ),
            _one_at_a_time("grid", [AgreementType.GRID, AgreementType.BORDER_GRID], "point"),
            _one_at_a_time("supply", [AgreementType.SUPPLY], "point"),
            _one_at_a_time("border_supply", [AgreementType.BORDER_SUPPLY], "point"),
            _one_at_a_time("general_service", [AgreementType.GENERAL_SERVICE], "point"),
            _one_at_a_time("aggregation", [AgreementType.AGGREGATION], "point"),
            ExclusionConstraint(
                name="agreements_one_aggregator",
                expressions=[
                    ("parent_point", RangeOperators.EQUAL),
                    ("service_provider", RangeOperators.NOT_EQUAL),
                    VALIDITY,
                ],
                condition=Q(type=AgreementType.AGGREGATION.value, deleted_at__isnull=True),
            ),
            _one_at_a_time("portfolio_supplier", [AgreementType.PORTFOLIO_SUPPLIER], "customer", "commodity"),
            _one_at_a_time("named_supplier", [AgreementType.NAMED_SUPPLIER], "customer", "commodity"),
            _one_at_a_time("joint_invoice", [AgreementType.JOINT_INVOICE], "service_provider", "customer", "commodity"),
        ]
        indexes = [
            models.Index(fields=["point", "type", "valid_from"], name="agreements_by_point"),
            models.Index(fields=["service_provider", "valid_from", "id"], name="agreements_by_provider"),
            models.Index(fields=["customer", "valid_from", "id"], name="agreements_by_customer"),
            models.Index(fields=["agreement_id"], name="agreements_by_agreement_id", condition=~Q(agreement_id="")),
            # For searches: what gives its provider a ground to see points stands in the index, and nothing else does.
            models.Index(
                fields=["service_provider", "service_provider_role", "commodity"],
                include=["type", "valid_from", "valid_to", "point", "parent_point"],
                name="agreements_holdings",
                condition=Q(
                    type__in=["AGGREGATION", "BORDER_SUPPLY", "GENERAL_SERVICE", "SUPPLY"], deleted_at__isnull=True
                ),
            ),
            # For lists of what ends soon, or has ended.
            models.Index(
                fields=["service_provider", "valid_to", "id"],
                name="agreements_by_provider_end",
                condition=Q(valid_to__isnull=False, deleted_at__isnull=True),
            ),
            # For lists of what was deleted, and of what a fee is due for if it is terminated early.
            models.Index(
                fields=["service_provider", "deleted_at", "id"],
                name="agreements_by_provider_deleted",
                condition=Q(deleted_at__isnull=False, quiet=False),
            ),
            models.Index(
                fields=["service_provider", "valid_from", "id"],
                name="agreements_by_provider_fee",
                condition=Q(preliminary_termination_fee=True, deleted_at__isnull=True),
            ),
            models.Index(
                fields=["service_provider", "valid_to", "id"],
                name="agreements_by_provider_fee_end",
                condition=Q(preliminary_termination_fee=True, valid_to__isnull=False, deleted_at__isnull=True),
            ),
            # For staff, who list the agreements of a type or a commodity.
            models.Index(fields=["type", "id"], name="agreements_by_type"),
            models.Index(fields=["commodity", "id"], name="agreements_by_commodity"),
            # For the task that tells of general services as they start.
            models.Index(
                fields=["valid_from", "id"], name="agreements_quiet", condition=Q(quiet=True, deleted_at__isnull=True)
            ),
        ]


class AgreementVersion(AgreementFields):
    """An agreement as the hub knew it from one save to another.

    `known_from` and `known_to` are ids of outbox units, the hub's own clock: the save `known_from` made the version and
    the save `known_to` (None: no one yet) replaced or deleted it. `reason` and `ended_reason` say why, as messages do
    (`rules.consequences`): CREATE, UPDATE_BC_SUPPLY_CREATE; empty where the save is older than these fields.
    """

    # Not "agreement": its column would be agreement_id, the field that carries the operator's own id.
    current = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    known_from = models.BigIntegerField()
    known_to = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    ended_reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "agreements_version"
        constraints = [models.UniqueConstraint(fields=["current", "version"], name="agreements_version_once")]
        indexes = [
            models.Index(fields=["point", "type"], name="agreements_version_by_point"),
            models.Index(
                fields=["parent_point"], name="agreements_version_by_parent", condition=Q(parent_point__isnull=False)
            ),
            models.Index(
                fields=["customer", "commodity"],
                name="agreements_version_portfolio",
                condition=Q(type=AgreementType.PORTFOLIO_SUPPLIER.value),
            ),
        ]


class FollowUp(models.Model):
    """An act between two parties that is still worked out at the metering points it reaches, or was.

    `unit_id` is the act's unit, `cause` what reasons name it (`rules.consequences.cause_of`). Points are worked in the
    order of their EICs: `reached` is the last one done. A point that failed stands in `failed` with its error, and the
    others go on; staff have such a follow-up begin anew.
    """

    unit_id = models.BigIntegerField(primary_key=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="follow_ups")
    cause = models.CharField(max_length=40)
    sender_eic = models.CharField(max_length=16)
    saved_at = models.DateTimeField()
    reached = models.CharField(max_length=16, blank=True)
    points_total = models.PositiveIntegerField(null=True, blank=True)
    points_done = models.PositiveIntegerField(default=0)
    points_changed = models.PositiveIntegerField(default=0)
    failed = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agreements_follow_up"
        indexes = [
            models.Index(
                fields=["unit_id"], name="agreements_follow_up_waiting", condition=Q(finished_at__isnull=True)
            ),
            # For those who watch the hub, and staff, who look for what went wrong.
            models.Index(fields=["unit_id"], name="agreements_follow_up_failed", condition=~Q(failed={})),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.unit_id}"
