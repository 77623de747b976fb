"""Services that do nothing but show what the frame did, beside the product's own."""

import secrets
import threading
from datetime import date
from enum import StrEnum
from typing import Any

from django.urls import path
from rest_framework import serializers

from datahub.errors import codes, refuse
from datahub.market import Permission
from datahub.metering.models import MeteringPoint
from datahub.parties import eic
from datahub.parties.models import Party
from datahub.urls import handler400, handler404, handler500
from datahub.urls import urlpatterns as product
from datahub.wire.fields import (
    Body,
    CodeField,
    EicField,
    ExactDecimalField,
    InstantField,
    LocalDateField,
    PaginationField,
    Wrong,
)
from datahub.wire.service import Answer, Call, Service, ServiceView

__all__ = ["handler400", "handler404", "handler500"]


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Thing(Body):
    meterEic = EicField(kind=eic.METERING_POINT)
    colour = CodeField(Colour, required=False)
    validFrom = InstantField(required=False)
    validTo = InstantField(required=False, allow_null=True)
    quantity = ExactDecimalField(12, 3, required=False, min_value=0)
    count = serializers.IntegerField(required=False, min_value=1, max_value=5)
    wide = serializers.IntegerField(required=False)
    flag = serializers.BooleanField(required=False)
    name = serializers.CharField(required=False, max_length=10)
    mail = serializers.EmailField(required=False)
    day = LocalDateField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), required=False, max_length=2)

    def validate_name(self, value: str) -> str:
        if value == "bad":
            raise Wrong(codes.INVALID_PATTERN, value, "good")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("count") == 5:
            raise refuse(codes.AGREEMENT_ATTRIBUTES_REQUIRED, "thing", "count 1 to 4")
        return attrs


class ShowRequest(Body):
    thing = Thing()
    things = Thing(many=True, required=False, allow_empty=False)
    pagination = PaginationField(max_size=1000)


class ShowAnswer(Body):
    thing = Thing()


class ShowView(ServiceView):
    """Answers with what it was given."""

    services = {"post": Service(permission=Permission.VIEWER_METERING_POINT, body=ShowRequest, answer=ShowAnswer)}

    def post(self, call: Call) -> Answer:
        pagination = call.fields.pop("pagination")
        return Answer(
            {
                **call.fields,
                "page": [pagination.page, pagination.page_size],
                "participant": call.context.participant.eic,
                "role": call.context.role,
                "user": call.technical_user.client_id,
                "identification": call.identification,
            },
            headers={"x-highest-id": "7"},
        )


class Save(Body):
    name = serializers.CharField(max_length=100)
    crash = serializers.BooleanField(default=False)
    refused = serializers.BooleanField(default=False)
    number = serializers.IntegerField(required=False)


class SaveView(ServiceView):
    """Saves a party of a name. `entered` and `go_on` let a test hold a save while it is at work."""

    services = {
        "post": Service(permission=Permission.EDITOR_METERING_POINT, body=Save, saves=True, status=201),
        "put": Service(permission=Permission.EDITOR_METERING_POINT, body=Save, saves=True),
    }
    entered = threading.Event()
    go_on = threading.Event()

    def post(self, call: Call) -> Answer:
        number = Party.objects.count()
        code = eic.complete(f"38X-{secrets.token_hex(6)[:11].upper()}")
        Party.objects.create(eic=code, type="LEGAL_PERSON", name=call.fields["name"])
        if call.fields["crash"]:
            raise ZeroDivisionError
        if call.fields["refused"]:
            raise refuse(codes.NO_CHANGE_RECEIVED, "name")
        if call.fields["name"] == "slow":
            SaveView.entered.set()
            SaveView.go_on.wait(20)
        return Answer({"name": call.fields["name"], "number": number}, status=201)

    def put(self, call: Call) -> Answer:
        return Answer({"number": call.fields.get("number"), "points": MeteringPoint.objects.count()})


class RawView(ServiceView):
    """Decodes its body itself and answers with ready bytes."""

    services = {
        "post": Service(
            permission=Permission.EDITOR_METERING_DATA,
            body=Save,
            decode=lambda body: (__import__("json").loads(body)["marketParticipantContext"], len(body)),
            max_body=32 * 1024 * 1024,
            status=202,
        )
    }

    def post(self, call: Call) -> Answer:
        return Answer(b'{"bytes":%d}' % call.fields, status=202)


class EmptyView(ServiceView):
    """Answers nothing."""

    services = {"post": Service(permission=Permission.EDITOR_METERING_DATA, body=Body)}

    def post(self, call: Call) -> Answer:
        return Answer(None)


class Named(Body):
    thingId = serializers.UUIDField()


class NamedView(ServiceView):
    """Answers with the id that path or body named."""

    services = {"put": Service(permission=Permission.EDITOR_METERING_POINT, body=Named, answer=Named, saves=True)}

    def put(self, call: Call) -> Answer:
        return Answer(call.fields)


class ListView(ServiceView):
    """Answers with a list."""

    services = {"post": Service(permission=Permission.EDITOR_METERING_POINT, body=Body, saves=True)}

    def post(self, call: Call) -> Answer:
        return Answer(["0b7c1bd4-8f0f-4e62-9f52-2f4b6c1d5e3a", date(2026, 3, 29)])


class TextView(ServiceView):
    """Answers with a text."""

    services = {"post": Service(permission=Permission.EDITOR_METERING_POINT, body=Body, saves=True)}

    def post(self, call: Call) -> Answer:
        return Answer("0b7c1bd4-8f0f-4e62-9f52-2f4b6c1d5e3a")


urlpatterns = [
    path("api/v1/show", ShowView.as_view()),
    path("api/v1/save", SaveView.as_view()),
    path("api/v1/save/<int:number>", SaveView.as_view()),
    path("api/v1/things", ListView.as_view()),
    path("api/v1/things/text", TextView.as_view()),
    path("api/v1/things/<str:thingId>", NamedView.as_view()),
    path("api/v1/raw", RawView.as_view()),
    path("api/v1/empty", EmptyView.as_view()),
    *product,
]
