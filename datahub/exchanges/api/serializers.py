"""What the bodies and answers of all exchanges have in common. Source: `4-exchanges.md`."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from datahub.errors import Fault, codes, fault
from datahub.exchanges.models import Exchange
from datahub.exchanges.rules import LONGEST_PART, SCANNED_DAYS
from datahub.parties import eic
from datahub.wire.encode import exact_instant
from datahub.wire.fields import Body, EicField, InstantField, LinesField
from datahub.wire.paging import Pagination
from datahub.wire.service import Answer


class CommentField(LinesField):
    """A comment of at most so many characters, kept as it was sent; the empty one is none."""

    def __init__(self, max_length: int) -> None:
        super().__init__(
            required=False,
            max_length=max_length,
            allow_blank=True,
            trim_whitespace=False,
            help_text="An empty text is no comment; in a change it takes away the one that stands.",
        )


class CommentPartField(LinesField):
    """What comments are searched by: a part of their text, with its spaces."""

    def __init__(self) -> None:
        super().__init__(
            required=False, max_length=LONGEST_PART, trim_whitespace=False, help_text="A part of the text."
        )


def one_of_ids(values: Mapping[str, Any], *names: str) -> Iterable[Fault]:
    """Ask for one of the ids by which an answer may be named."""
    if not values.keys() & set(names):
        yield fault(codes.MISSING_WHERE, " or ".join(names), "(one of them is needed, as a UUID)")


class ExchangeAttributes(Body):
    """What every exchange is searched by."""

    timestamp = InstantField(required=False, help_text="When either side saved last, to the microsecond.")
    senderEic = EicField(required=False)
    receiverEic = EicField(required=False)
    meterEic = EicField(kind=eic.METERING_POINT, required=False)
    customerEic = EicField(required=False)
    requestComment = CommentPartField()
    responseComment = CommentPartField()


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


def result_form(exchange: Exchange, at: datetime, *, ids: tuple[str, str], more: Mapping[str, Any]) -> dict[str, Any]:
    """Give an exchange as its results have it, with the timestamp that counts where it is read.

    `ids` are the names of its own id and of its answer's, `more` is what its kind has besides. What is unset is left
    out.
    """
    form = {
        ids[0]: str(exchange.pk),
        ids[1]: exchange.response_id and str(exchange.response_id),
        "timestamp": exact_instant(at),
        "senderEic": exchange.sender.eic,
        "receiverEic": exchange.receiver.eic,
        "meterEic": exchange.meter_eic,
        "customerEic": exchange.customer_eic,
        "requestComment": exchange.request_comment or None,
        "responseComment": exchange.response_comment or None,
        **more,
    }
    return {name: value for name, value in form.items() if value is not None}


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
