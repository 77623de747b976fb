"""Sending, changing and answering enquiries: who may, what is kept of it, when it leaves."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from datahub.exchanges.rules import By, Side
from datahub.market import Commodity, PartyType, Role
from datahub.parties.models import EicRange, MarketRole, Party
from enquiries import selectors, services
from enquiries.models import Enquiry, EnquiryOpening, EnquiryStep
from enquiries.reading import mark_opened
from enquiries.rules import Reference, ReferenceType, Status, Topic
from tests import cast
from tests.enquiries import asking
from tests.enquiries.asking import (
    BAKERY_GAS,
    HOUSE,
    JAAN,
    MARI,
    NORTH,
    NOW,
    NOWHERE,
    OPERATOR,
    SOUTH,
    SOUTHERN_HOUSE,
    SUN,
    SUPPLIER,
    WIND,
    answer,
    ask,
    change,
    change_answer,
    refused,
    request,
)

TICK = timedelta(microseconds=1)
INVOICE = Reference(ReferenceType.INVOICE, "2026-118")


@pytest.fixture(autouse=True)
def _market(db: None) -> None:
    asking.market()


def operator_of(code: str, commodity: Commodity = Commodity.ELECTRICITY) -> str:
    return ask(request(meter_eic=code), commodity=commodity).receiver.eic


# --- who is asked -------------------------------------------------------------------------------------------------


def test_left_out_the_receiver_is_the_operator_whose_range_holds_the_code() -> None:
    assert operator_of(HOUSE) == NORTH
    assert operator_of(SOUTHERN_HOUSE) == SOUTH


def test_the_operator_of_the_longest_beginning_is_asked() -> None:
    EicRange.objects.create(participant=cast.participant(NORTH), prefix="38ZGO-1000000")
    assert operator_of(HOUSE) == NORTH


def test_a_code_in_no_range_needs_a_named_operator() -> None:
    assert refused(lambda: ask(request(meter_eic=NOWHERE))) == ["service-provider-external-id-resolve-error"]
    named = ask(request(meter_eic=NOWHERE, receiver_eic=SOUTH))
    assert named.receiver.eic == SOUTH


@pytest.mark.parametrize(
    ("ends", "is_asked"), [(NOW, False), (NOW + TICK, True), (None, True), (NOW - timedelta(days=1), False)]
)
def test_the_operator_holds_its_role_now(ends: datetime | None, is_asked: bool) -> None:
    MarketRole.objects.filter(participant__eic=NORTH).update(valid_to=ends)
    assert (refused(ask) == []) == is_asked
    assert (refused(lambda: ask(request(receiver_eic=NORTH))) == []) == is_asked


def test_the_operator_holds_its_role_for_the_commodity() -> None:
    gas = Commodity.NATURAL_GAS
    assert operator_of(BAKERY_GAS, gas) == NORTH
    assert refused(lambda: operator_of(SOUTHERN_HOUSE, gas)) == ["service-provider-external-id-resolve-error"]
    named = request(meter_eic=SOUTHERN_HOUSE, receiver_eic=SOUTH)
    assert refused(lambda: ask(named, commodity=gas)) == ["service-provider-type-error"]


def test_a_closed_distribution_network_may_be_asked() -> None:
    MarketRole.objects.filter(participant__eic=SOUTH, role=Role.GRID_OPERATOR).delete()
    assert operator_of(SOUTHERN_HOUSE) == SOUTH


def test_a_range_of_one_that_answers_no_enquiries_counts_for_nothing() -> None:
    assert refused(lambda: ask(request(meter_eic="38ZAG-10000001-J"))) == ["service-provider-external-id-resolve-error"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("38X-NOBODY-----X", "service-provider-external-id-resolve-error"),
        # A customer's code is told apart from no other.
        (MARI, "service-provider-external-id-resolve-error"),
        (SUN, "service-provider-type-error"),
        (cast.AGGREGATOR, "service-provider-type-error"),
    ],
)
def test_who_could_never_read_it_is_not_asked(code: str, why: str) -> None:
    cast.mari()
    assert refused(lambda: ask(request(receiver_eic=code))) == [why]
    assert not Enquiry.objects.exists()


def test_receiver_point_and_customer_need_not_belong_together() -> None:
    """The hub does not check the recipient; that there is no such point or customer is told to nobody."""
    enquiry = ask(request(meter_eic=HOUSE, customer_eic="38X-NOBODY-----X", receiver_eic=SOUTH))
    assert (enquiry.receiver.eic, enquiry.meter_eic, enquiry.customer_eic) == (SOUTH, HOUSE, "38X-NOBODY-----X")


# --- who may ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_suppliers_ask_operators_answer(role: Role) -> None:
    enquiry = ask()
    asks, answers = role is SUPPLIER, role in {OPERATOR, Role.CLOSED_DISTRIBUTION_NETWORK}
    wrong = ["sender-type-error"]
    assert refused(lambda: ask(role=role)) == ([] if asks else wrong)
    assert refused(lambda: change(enquiry.pk, role=role, comment="?")) == ([] if asks else wrong)
    assert refused(lambda: answer(enquiry.pk, role=role)) == ([] if answers else wrong)
    assert refused(lambda: change_answer(enquiry.pk, role=role, comment="!")) == ([] if answers else wrong)


def test_who_is_neither_sender_nor_receiver_learns_nothing() -> None:
    enquiry = answer(ask().pk)
    assert enquiry.response_id is not None
    missing = ["enquiry-cannot-be-found"]
    for pk in (enquiry.pk, uuid4()):
        assert refused(lambda pk=pk: change(pk, sender=WIND, comment="?")) == missing
        assert refused(lambda pk=pk: answer(pk, receiver=SOUTH)) == missing
        assert refused(lambda pk=pk: change_answer(pk, receiver=SOUTH, comment="!")) == missing
    for pk in (enquiry.response_id, uuid4()):
        assert refused(lambda pk=pk: change_answer(response_id=pk, receiver=SOUTH, comment="!")) == missing


def test_an_enquiry_belongs_to_its_commodity() -> None:
    enquiry = ask(request(meter_eic=BAKERY_GAS), commodity=Commodity.NATURAL_GAS)
    assert refused(lambda: change(enquiry.pk, comment="?")) == ["enquiry-cannot-be-found"]
    assert refused(lambda: answer(enquiry.pk)) == ["enquiry-cannot-be-found"]


def test_two_ids_belong_together() -> None:
    one, other = answer(ask().pk), answer(ask().pk)
    missing = ["enquiry-cannot-be-found"]
    assert refused(lambda: change_answer(one.pk, other.response_id, comment="!")) == missing
    assert refused(lambda: change_answer(one.pk, uuid4(), comment="!")) == missing
    assert refused(lambda: change_answer(comment="!")) == missing
    assert change_answer(one.pk, one.response_id, comment="!").pk == one.pk
    assert change_answer(response_id=other.response_id, comment="!").pk == other.pk


# --- what is saved ------------------------------------------------------------------------------------------------


def test_an_enquiry_is_kept_as_it_was_sent() -> None:
    enquiry = ask(request(topic=Topic.INVOICE, reference=INVOICE, comment="Twice?"))
    kept = Enquiry.objects.get()
    assert (kept.sender.eic, kept.receiver.eic, kept.meter_eic, kept.customer_eic) == (SUN, NORTH, HOUSE, JAAN)
    assert (kept.topic, kept.reference, kept.request_comment) == ("INVOICE", INVOICE, "Twice?")
    assert (kept.created_at, kept.request_changed_at, kept.changed_at) == (NOW,) * 3
    assert (kept.response_id, kept.response_changed_at, kept.request_status) == (None, None, "OPEN")
    assert kept.pk == enquiry.pk


def test_a_change_merges() -> None:
    enquiry = ask(request(topic=Topic.INVOICE, reference=INVOICE, comment="Twice?"))
    later = NOW + timedelta(hours=1)
    changed = change(enquiry.pk, reference=Reference(ReferenceType.INVOICE, "2026-119"), now=later)
    assert (changed.topic, changed.request_comment, changed.reference_value) == ("INVOICE", "Twice?", "2026-119")
    changed = change(enquiry.pk, topic=Topic.DATA, comment="Is it?", now=later)
    assert (changed.topic, changed.request_comment, changed.reference_value) == ("DATA", "Is it?", "2026-119")
    assert (changed.created_at, changed.changed_at, changed.response_changed_at) == (NOW, later + TICK, None)


def test_point_customer_and_receiver_stay() -> None:
    enquiry = ask()
    same = {"meter_eic": HOUSE, "customer_eic": JAAN, "receiver_eic": NORTH}
    assert change(enquiry.pk, **same, comment="?").request_comment == "?"
    wrong = {"meter_eic": SOUTHERN_HOUSE, "customer_eic": MARI, "receiver_eic": SOUTH, "comment": "??"}
    assert refused(lambda: change(enquiry.pk, **wrong)) == ["enquiry-attribute-cannot-be-changed"] * 3
    assert refused(lambda: change(enquiry.pk, meter_eic=SOUTHERN_HOUSE, status=Status.CLOSE)) == [
        "enquiry-attribute-cannot-be-changed",
        "invalid-enum",
    ]
    assert Enquiry.objects.get().request_comment == "?"


def test_a_change_that_changes_nothing_is_refused() -> None:
    enquiry = ask(request(reference=INVOICE, comment="Twice?"))
    nothing = ["no-change-received"]
    assert refused(lambda: change(enquiry.pk)) == nothing
    same = {"status": Status.OPEN, "topic": Topic.DATA, "reference": INVOICE, "comment": "Twice?", "meter_eic": HOUSE}
    assert refused(lambda: change(enquiry.pk, **same)) == nothing
    answer(enquiry.pk, comment="Soon.")
    assert refused(lambda: change_answer(enquiry.pk)) == nothing
    assert refused(lambda: change_answer(enquiry.pk, status=Status.OPEN, comment="Soon.")) == nothing
    assert EnquiryStep.objects.count() == 2


def test_cancelling_may_change_other_fields_too() -> None:
    cancelled = change(ask().pk, status=Status.CANCEL, comment="The customer found it.")
    assert (cancelled.request_status, cancelled.request_comment) == ("CANCEL", "The customer found it.")


def test_an_end_says_what_it_was_and_when() -> None:
    later = NOW + timedelta(minutes=5)
    closed = answer(ask().pk, Status.CLOSE, now=later)
    with pytest.raises(Exception, match="closed by the operator at 2026-10-25T00:35:00Z"):
        change(closed.pk, comment="But?", now=later + timedelta(days=1))
    cancelled = change(ask(now=later).pk, status=Status.CANCEL, now=later + timedelta(days=1))
    with pytest.raises(Exception, match="cancelled by the supplier at 2026-10-26T00:35:00Z"):
        answer(cancelled.pk)


def test_each_side_has_its_own_instants_and_no_two_saves_the_same() -> None:
    first = ask()
    second = ask()
    answered = answer(first.pk, comment="Soon.")
    assert (second.changed_at, answered.changed_at) == (NOW + TICK, NOW + 2 * TICK)
    assert (answered.request_changed_at, answered.response_changed_at) == (NOW, NOW + 2 * TICK)
    changed = change(first.pk, comment="When?", now=NOW - timedelta(hours=1))
    assert (changed.request_changed_at, changed.response_changed_at) == (NOW + 3 * TICK, NOW + 2 * TICK)
    assert changed.changed_at == NOW + 3 * TICK


def test_every_save_is_a_step_of_the_history() -> None:
    enquiry = ask(request(topic=Topic.INVOICE, reference=INVOICE, comment="Twice?"))
    change(enquiry.pk, comment="Twice??", now=NOW + timedelta(minutes=1))
    answer(enquiry.pk, Status.OPEN, "Soon.", now=NOW + timedelta(minutes=2))
    change_answer(enquiry.pk, status=Status.CLOSE, comment="No.", now=NOW + timedelta(minutes=3))
    steps = selectors.steps_of(enquiry)
    assert [(step.side, step.technical_user, step.at - NOW) for step in steps] == [
        ("SENDER", f"{SUN}-test", timedelta()),
        ("SENDER", f"{SUN}-test", timedelta(minutes=1)),
        ("RECEIVER", f"{NORTH}-test", timedelta(minutes=2)),
        ("RECEIVER", f"{NORTH}-test", timedelta(minutes=3)),
    ]
    assert [step.changes for step in steps] == [
        {
            "meterEic": [None, HOUSE],
            "customerEic": [None, JAAN],
            "receiverEic": [None, NORTH],
            "topic": [None, "INVOICE"],
            "reference": [None, {"referenceType": "INVOICE", "referenceValue": "2026-118"}],
            "requestStatus": [None, "OPEN"],
            "requestComment": [None, "Twice?"],
        },
        {"requestComment": ["Twice?", "Twice??"]},
        {"responseComment": [None, "Soon."]},
        {"requestStatus": ["OPEN", "CLOSE"], "responseComment": ["Soon.", "No."]},
    ]


# --- reading marks ------------------------------------------------------------------------------------------------


def opened(enquiry: Enquiry) -> dict[str, datetime]:
    return dict(EnquiryOpening.objects.filter(enquiry=enquiry).values_list("side", "opened_at"))


def test_the_first_opening_of_each_side_is_kept() -> None:
    enquiry, minute = ask(), timedelta(minutes=1)
    mark_opened([enquiry], role=SUPPLIER, now=NOW + minute)
    # There is no answer yet that the supplier could have opened; another role opens nothing.
    mark_opened([enquiry], role=Role.AGGREGATOR, now=NOW + minute)
    assert opened(enquiry) == {}
    for count in (2, 3):
        mark_opened([enquiry], role=OPERATOR, now=NOW + count * minute)
    assert opened(enquiry) == {"RECEIVER": NOW + 2 * minute}
    enquiry = answer(enquiry.pk, now=NOW + 4 * minute)
    for count in (5, 6):
        mark_opened([enquiry], role=SUPPLIER, now=NOW + count * minute)
    assert opened(enquiry) == {"RECEIVER": NOW + 2 * minute, "SENDER": NOW + 5 * minute}
    for side, at in (("SENDER", NOW + 2 * minute), ("RECEIVER", NOW + 5 * minute)):
        assert selectors.opened_at_by_other_side([enquiry], side=Side(side)) == {enquiry.pk: at}


def test_nothing_is_opened_before_it_was_written() -> None:
    enquiry = answer(ask().pk)
    for role in (OPERATOR, SUPPLIER):
        mark_opened([enquiry], role=role, now=NOW - timedelta(seconds=1))
    assert opened(enquiry) == {"RECEIVER": enquiry.created_at, "SENDER": enquiry.response_changed_at}


# --- kept for seven years -----------------------------------------------------------------------------------------


def test_what_has_ended_leaves_after_seven_years_with_all_that_hangs_on_it() -> None:
    # On a 29 February; seven years later there is none, and the day after has come at midnight in Tallinn.
    ends = datetime(2024, 2, 29, 10, tzinfo=UTC)
    gone_at = datetime(2031, 2, 28, 22, tzinfo=UTC)
    closed = answer(ask(now=ends).pk, Status.CLOSE, now=ends)
    mark_opened([closed], role=OPERATOR, now=ends)
    still_open = answer(ask(now=ends).pk, Status.OPEN, now=ends)
    cancelled = change(ask(now=ends).pk, status=Status.CANCEL, now=ends + timedelta(days=2))
    assert services.delete_ended(now=gone_at - TICK, most=10) == 0
    assert services.delete_ended(now=gone_at, most=10) == 1
    assert set(Enquiry.objects.values_list("pk", flat=True)) == {still_open.pk, cancelled.pk}
    assert not EnquiryOpening.objects.exists()
    assert not EnquiryStep.objects.filter(enquiry_id=closed.pk).exists()
    assert services.delete_ended(now=datetime(2050, 1, 1, tzinfo=UTC), most=10) == 1
    assert list(Enquiry.objects.values_list("pk", flat=True)) == [still_open.pk]


def test_they_leave_in_batches_the_oldest_first() -> None:
    ended = [answer(ask(now=NOW + timedelta(days=day)).pk, Status.CLOSE).pk for day in range(3)]
    future = datetime(2040, 1, 1, tzinfo=UTC)
    assert services.delete_ended(now=future, most=2) == 2
    assert list(Enquiry.objects.values_list("pk", flat=True)) == ended[2:]
    assert [services.delete_ended(now=future, most=2) for _ in range(2)] == [1, 0]


def test_ids_may_be_given() -> None:
    key = UUID("5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e009")
    enquiry = services.submit_enquiry(
        sender=cast.participant(SUN),
        role=SUPPLIER,
        commodity=Commodity.ELECTRICITY,
        request=request(),
        by=By(),
        now=NOW,
        enquiry_id=key,
    )
    assert enquiry.pk == key


def test_a_participant_may_stand_on_both_sides() -> None:
    both = Party.objects.create(eic="38X-BOTH-------W", type=PartyType.MARKET_PARTICIPANT, name="Both")
    for role in (SUPPLIER, OPERATOR):
        MarketRole.objects.create(
            participant=both, role=role, commodity=Commodity.ELECTRICITY, valid_from=cast.BEGINNING
        )
    enquiry = ask(request(receiver_eic=both.eic), sender=both.eic)
    assert answer(enquiry.pk, receiver=both.eic, comment="Me.").response_comment == "Me."
    assert refused(lambda: change(enquiry.pk, sender=both.eic, role=OPERATOR, comment="?")) == ["sender-type-error"]
