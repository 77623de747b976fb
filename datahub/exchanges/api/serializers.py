"""What the bodies and answers of all exchanges have in common. Source: `4-exchanges.md`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from datahub.exchanges.models import Exchange
from datahub.exchanges.rules import SCANNED_DAYS
from datahub.parties import eic
from datahub.wire.encode import exact_instant
from datahub.wire.fields import Body, EicField, InstantField
from datahub.wire.paging import Pagination
from datahub.wire.service import Answer


class ExchangeAttributes(Body):
    """What every exchange is searched by."""

    timestamp = InstantField(required=False, help_text="When either side saved last, to the microsecond.")
    senderEic = EicField(required=False)
    receiverEic = EicField(required=False)
    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    customerEic = EicField(required=False)
    requestComment = serializers.CharField(required=False, max_length=4000, help_text="A part of the text.")
    responseComment = serializers.CharField(required=False, max_length=4000, help_text="A part of the text.")


class ExchangeScan(Body):
    updatePeriodStart = InstantField(
        help_text=f"What was saved after this, at most {SCANNED_DAYS} days back: the timestamp of the last one seen."
    )


class ExchangeResult(Body):
    """What the results of every exchange have. What is unset is left out."""

    timestamp = InstantField(
        help_text="When either side saved last, in /change when the other side did; with six decimals."
    )
    senderEic = EicField(help_text="The supplier that asks.")
    receiverEic = EicField(help_text="The operator that answers.")
    meterEic = EicField(kind=eic.METERING_POINT)
    customerEic = EicField()
    requestComment = serializers.CharField(required=False)
    responseComment = serializers.CharField(required=False)


def common_form(exchange: Exchange, at: datetime) -> dict[str, Any]:
    """Give what the results of every exchange have, with the timestamp that counts where it is read."""
    return {
        "timestamp": exact_instant(at),
        "senderEic": exchange.sender.eic,
        "receiverEic": exchange.receiver.eic,
        "meterEic": exchange.meter_eic,
        "customerEic": exchange.customer_eic,
        "requestComment": exchange.request_comment or None,
        "responseComment": exchange.response_comment or None,
    }


def list_or_page(name: str, result: type[Body], page: type[Body]) -> PolymorphicProxySerializer:
    """Describe a search's answer: without `pagination` a list, with it a page."""
    return PolymorphicProxySerializer(name, [result(many=True), page], resource_type_field_name=None, many=False)


def answer_found(
    found: list[Any], total: int | None, pagination: Pagination | None, name: str, form: Callable[[Any], dict[str, Any]]
) -> Answer:
    """Answer a search with what it found: without `pagination` a list, with it a page of so many in all."""
    forms = [form(one) for one in found]
    if pagination is None:
        return Answer(forms)
    return Answer({name: forms, "pagination": pagination.answer(total or 0)})
