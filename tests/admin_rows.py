"""A row of everything that the admin shows, in a small market: what is to be opened there is really opened."""

from datetime import UTC, datetime, timedelta

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from connections.models import ConnectionRequest
from connections.rules.states import RequestedState, RequestReason
from datahub import partitions
from datahub.access.models import AccessLog, CustomerAuthorization
from datahub.access.services.access_log import Read, log_read
from datahub.agreements.models import Agreement, FollowUp
from datahub.bills.models import NetworkBill
from datahub.market import AgreementType, AuthorizationPurpose, Commodity, PartyType, Permission, Role
from datahub.metering.models import MeterDataDocument, MeteringPoint, PointReadings
from datahub.outbox.models import ProcessedUnit, Unit
from datahub.parties import eic
from datahub.parties.models import Party, TechnicalUser, User
from datahub.parties.services import redirect_hosts, representations, technical_users, users
from distribution.models import Address, Message
from distribution.services.tell import tell
from tests.distribution import market
from tests.distribution.market import BRP, GO, HOUSE, MARI, OS, OS2
from tests.enquiries import asking
from tests.metering import messages

_COMPANY = eic.complete("38X-AVP-COMPANY")
_BILL = '{"fixedCosts": 1.25, "measurements": []}'


def one_of_each(*, by: User) -> dict[str, Model]:
    """Make a market, and give a row of every model that the admin shows, by the model's label."""
    now = datetime.now(UTC)
    partitions.maintain(now=now)
    market.make_market(
        market.agreement("GRID", GO, point=HOUSE), market.agreement(AgreementType.SUPPLY, OS2, point=HOUSE)
    )
    mari, operator, supplier = (Party.objects.get(eic=code) for code in (MARI, GO, OS))
    point, agreement = MeteringPoint.objects.get(eic=HOUSE), Agreement.objects.latest("pk")
    market.save_point(comment="üks", now=now)
    tell(now=now, batches=10)
    waiting = market.save_point(comment="kaks", now=now)
    Unit.objects.filter(pk=waiting).update(set_aside_at=now, attempts=5, last_error="KeyError: 'x'")
    yesterday = (now - timedelta(days=1)).date()
    document = messages.send(messages.whole_day(HOUSE, yesterday, read_at=None), now=now)
    assert document.status == "SUCCESSFUL", document.faults
    log_read(participant=operator, role="", commodity="", service="customer/search", reads=[Read(MARI, HOUSE)], now=now)
    person = User.objects.create_user("kaarel", party=mari)
    held = {"role": Role.GRID_OPERATOR, "commodity": Commodity.ELECTRICITY, "permission": Permission.ADMIN}
    users.grant(user=person, participant=operator, by=by, now=now, **held)
    redirect_hosts.register_redirect_host(participant=operator, host="www.example.com")
    technical_users.register_technical_user(
        participant=operator,
        suffix="erp",
        permissions=[Permission.ADMIN],
        by=None,
        now=now,
        allowed_networks=["192.0.2.0/24"],
    )
    company = Party.objects.create(eic=_COMPANY, type=PartyType.LEGAL_PERSON, name="Pagar OÜ")
    second = now.replace(microsecond=0) + timedelta(seconds=1)
    asked = {"commodity": Commodity.ELECTRICITY, "sender": supplier, "receiver": operator, "meter_eic": HOUSE}
    rows: list[Model] = [
        AccessLog.objects.latest("pk"),
        CustomerAuthorization.objects.create(
            customer=mari,
            point=point,
            participant=supplier,
            role=Role.ENERGY_SERVICE_PROVIDER,
            commodity=Commodity.ELECTRICITY,
            purpose=AuthorizationPurpose.ENERGY_MANAGEMENT,
            valid_from=second,
            subject_from=second - timedelta(days=1),
            subject_to=second,
            given_at=second,
            given_by=person,
        ),
        LogEntry.objects.create(
            user=by,
            content_type=ContentType.objects.get_for_model(Party),
            object_id=str(mari.pk),
            object_repr=str(mari),
            action_flag=CHANGE,
        ),
        agreement,
        FollowUp.objects.create(
            unit_id=waiting,
            agreement=agreement,
            cause="SUPPLY_CREATE",
            sender_eic=GO,
            saved_at=now,
            failed={HOUSE: "KeyError: 'x'"},
            finished_at=now,
        ),
        Group.objects.create(name="registrars"),
        NetworkBill.objects.create(
            point=point,
            period_start=now - timedelta(days=2),
            period_end=now,
            calculated_at=now,
            directions=["OUT"],
            body=_BILL,
            sender=operator,
            saved_at=now,
        ),
        ConnectionRequest.objects.create(
            **asked,
            customer_eic=MARI,
            created_at=now,
            request_changed_at=now,
            changed_at=now,
            requested_state=RequestedState.DISCONNECTED,
            reason=RequestReason.DEBT,
            preferred_date=now.date(),
        ),
        Address.objects.get(participant_eic=BRP),
        Message.objects.filter(address__participant_eic=BRP).latest("pk"),
        asking.ask(asking.request(meter_eic=HOUSE, customer_eic=MARI), now=now),
        MeterDataDocument.objects.get(pk=document.pk),
        point,
        PointReadings.objects.get(pk=point.pk),
        ProcessedUnit.objects.latest("pk"),
        Unit.objects.get(pk=waiting),
        operator,
        representations.give_representation(person=person, customer=company, valid_from=now, valid_to=None),
        TechnicalUser.objects.get(),
        person,
    ]
    found = {row._meta.label_lower: row for row in rows}
    assert found.keys() == {model._meta.label_lower for model in admin.site._registry}, "a model has no row here"
    return found
