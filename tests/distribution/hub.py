"""The hub under random histories of acts, through its services: what each save is to tell, and what it told.

The steps are those of `tests.agreements.histories`; here every act goes to PostgreSQL, right or wrong.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from datahub.agreements import selectors
from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion, FollowUp
from datahub.agreements.services import acts, follow_ups, general_services
from datahub.agreements.services.take_over import take_over_agreements
from datahub.errors import DomainError
from datahub.market import AgreementType, Commodity, MeteringPointType, MeteringType, PartyType, ResourceType, Role
from datahub.metering.models import MeteringPoint
from datahub.outbox.changes import Change
from datahub.outbox.models import Unit
from datahub.outbox.services import open_unit
from datahub.parties.models import MarketRole, Party
from distribution import store
from distribution.models import Message, StagedMessage
from distribution.packs import unframe_all
from tests.agreements import acting, asking, histories
from tests.agreements.asking import BORDERS, ISLAND, PLACES
from tests.agreements.histories import Market, Step
from tests.agreements.market import (
    AGGREGATOR,
    BALANCE,
    BEGINNING,
    ELECTRICITY,
    GAS,
    JAAN,
    LINE,
    MARI,
    NAMED,
    NORTH,
    SOUTH,
    STRANGER,
    SUN,
    WIND,
)
from tests.distribution import who_is_told
from tests.distribution.who_is_told import World

A = AgreementType
_HELD: dict[str, list[tuple[Role, Commodity]]] = {
    NORTH: [(Role.GRID_OPERATOR, ELECTRICITY), (Role.GRID_OPERATOR, GAS)],
    SOUTH: [(Role.GRID_OPERATOR, ELECTRICITY), (Role.CLOSED_DISTRIBUTION_NETWORK, ELECTRICITY)],
    ISLAND: [(Role.GRID_OPERATOR, ELECTRICITY)],
    LINE: [(Role.LINE_OPERATOR, ELECTRICITY), (Role.OPEN_SUPPLIER, ELECTRICITY), (Role.AGGREGATOR, ELECTRICITY)],
    AGGREGATOR: [(Role.AGGREGATOR, ELECTRICITY)],
    **{eic: [(Role.OPEN_SUPPLIER, ELECTRICITY), (Role.OPEN_SUPPLIER, GAS)] for eic in (SUN, NAMED, BALANCE)},
    **{eic: [(Role.OPEN_SUPPLIER, ELECTRICITY)] for eic in (WIND, STRANGER)},
}


class Expected(NamedTuple):
    """What a unit is to tell: for each of its changes what was done, whether by hand, and the messages."""

    unit: int
    lane: str
    changes: list[tuple[str, bool, list[who_is_told.Message]]]


class Hub(Market):
    """The market as the database has it, beside what is to be told of it."""

    def begin(self) -> None:
        """Make parties, points and the first portfolio agreements."""
        self.expected: list[Expected] = []
        self.told_services: set[int] = set()
        self.refused = self.acted = 0
        for eic, held in _HELD.items():
            party = Party.objects.create(eic=eic, type=PartyType.MARKET_PARTICIPANT, name=eic)
            for role, commodity in held:
                MarketRole.objects.create(participant=party, role=role, commodity=commodity, valid_from=BEGINNING)
        for eic in (MARI, JAAN):
            Party.objects.create(eic=eic, type=PartyType.PHYSICAL_PERSON, name=eic)
        for eic, place in PLACES.items():
            kind = MeteringPointType.BORDER if eic in BORDERS else MeteringPointType.REGULAR
            MeteringPoint.objects.create(
                eic=eic,
                commodity=place.commodity,
                owner=Party.objects.get(eic=place.owner),
                owner_role=place.owner_role,
                metering_type=MeteringType.REMOTE_READING,
                type=MeteringPointType.AGGREGATION if place.parent else kind,
                parent=MeteringPoint.objects.get(eic=place.parent) if place.parent else None,
                created_at=BEGINNING,
                changed_at=BEGINNING,
            )
        saved = take_over_agreements(agreements=asking.beginning(self), now=BEGINNING)
        self.lasting = {one.id for one in saved if one.valid_to is None}
        self.read()
        for asked in asking.opening(self):
            self._register_as(asked, 0, 0, 0, 0, 0)

    def read(self) -> World:
        """Read all agreements that stand."""
        facts = selectors.standing_facts(Agreement.objects.all())
        self.standing = {fact.id: fact for fact in sorted(facts, key=lambda fact: fact.id)}
        return World(tuple(self.standing.values()), self.now)

    def take(self, step: Step) -> None:  # type: ignore[override]
        """Do what a step says, through the services, and note what is to be told of it."""
        kind, *how = step
        doing = _DOINGS[kind % len(_DOINGS)]
        doing(self, *how)

    # --- acts ---------------------------------------------------------------------------------------------------------

    def _register(self, *how: int) -> None:
        asked = asking.registration(self, *how)
        if asked is not None:
            self._register_as(asked, *how)

    def _register_as(self, asked: AgreementFact, *how: int) -> None:
        sender, role = acting.registrar(asked)
        agreement_id = f"no {how[4]}" if how[4] % 3 == 0 else ""
        fee = asked.type == A.SUPPLY and how[3] % 2 == 0
        terms = acts.Terms(
            asked.type,
            asked.service_provider_eic,
            asked.customer_eic,
            asked.commodity,
            asked.valid_from,
            asked.valid_to,
            asked.point_eic,
            agreement_id,
            fee,
        )

        def act(who: Party) -> AgreementFact:
            return acts.register_agreement(
                participant=who, role=role, commodity=asked.commodity, terms=terms, now=self.now
            )

        self._act(act, asked, sender, "CREATE", stranger=how[1] % 15 == 7)

    def _change(self, *how: int) -> None:
        found = asking.change(self, *how)
        if found is None:
            return
        standing, end = found
        sender, role = acting.registrar(standing)
        # Now and then the registrar changes its own id, alone or with the end.
        agreement_id = f"changed {how[3]}" if how[3] % 4 == 0 else None
        valid_to = standing.valid_to if how[3] % 8 == 0 else end

        def act(who: Party) -> AgreementFact:
            return acts.change_agreement(
                participant=who,
                role=role,
                commodity=standing.commodity,
                reference=acting.reference(standing),
                valid_to=valid_to,
                agreement_id=agreement_id,
                now=self.now,
            )

        self._act(act, standing, sender, "UPDATE", stranger=how[4] % 15 == 7)

    def _delete(self, *how: int) -> None:
        standing = asking.deletion(self, *how)
        if standing is None:
            return
        sender, role = acting.registrar(standing)

        def act(who: Party) -> AgreementFact:
            acts.delete_agreement(
                participant=who,
                role=role,
                commodity=standing.commodity,
                reference=acting.reference(standing),
                now=self.now,
            )
            return standing

        self._act(act, standing, sender, "DELETE", stranger=how[4] % 15 == 7)

    def _act(self, act: Any, subject: AgreementFact, sender: str, what: str, *, stranger: bool) -> None:
        before, traces = self.read(), _traces()
        who = Party.objects.get(eic=STRANGER if stranger else sender)
        line = f"{what} {histories.told(subject)}"
        try:
            with transaction.atomic():
                saved = act(who)
        except DomainError as error:
            self.log.append(f"refused: {line}: {error.faults[0].code.name}")
            assert self.read() == before, "what was refused has changed nothing"
            assert _traces() == traces, "what was refused leaves nothing behind"
            self.refused += 1
            return
        assert not stranger or sender == STRANGER, "only its registrar may touch an agreement"
        self.acted += 1
        self.log.append(f"{line} -> #{saved.id}")
        (unit,) = Unit.objects.filter(pk__gt=traces[0])
        after = self.read()
        found = who_is_told.changes(
            before,
            after,
            direct=saved.id,
            cause=f"{subject.type}_{what}",
            sender=sender,
            told_services=self.told_services,
        )
        everything = [change for of_place in found.values() for change in of_place]
        self._expect(unit, everything, before, after)

    def _expect(self, unit: Unit, found: Iterable[who_is_told.Change], before: World, after: World) -> None:
        expected = []
        for change in found:
            if change.subject.type == A.GENERAL_SERVICE:
                assert change.what != "UPDATE"
                (self.told_services.discard if change.after is None else self.told_services.add)(change.subject.id)
            messages = who_is_told.told_of(change, before, after)
            expected.append((change.what, change.sender is not None, messages))
        self.expected.append(Expected(unit.pk, min(unit.lanes), expected))

    # --- what the hub does of itself ----------------------------------------------------------------------------------

    def _follow(self, points: int, *how: int) -> None:
        self.follow(points=1 + points % 3)

    def follow(self, *, points: int) -> bool:
        """Work a batch of points of what acts between parties do."""
        waiting = FollowUp.objects.filter(finished_at=None).order_by("pk").first()
        before, (last_unit, *_) = self.read(), _traces()
        worked = follow_ups.work_batch(now=self.now, points=points)
        assert worked == (waiting is not None)
        if waiting is None:
            return False
        waiting.refresh_from_db()
        assert waiting.failed == {}
        after = self.read()
        found = who_is_told.changes(
            before, after, direct=None, cause=waiting.cause, sender="", told_services=self.told_services
        )
        self._expect_each(found, last_unit, before, after)
        self.log.append(f"followed {waiting.cause} of #{waiting.agreement_id} up to {waiting.reached}: {len(found)}")
        return True

    def _start(self, most: int, *how: int) -> None:
        self.start(most=1 + most % 4)

    def start(self, *, most: int) -> int:
        """Tell of general services that have started."""
        before, (last_unit, *_) = self.read(), _traces()
        told = general_services.tell_started(now=self.now, most=most)
        after = self.read()
        found: dict[str, list[who_is_told.Change]] = {}
        for one in before.agreements:
            if one.quiet and not self.standing[one.id].quiet:
                assert one.valid_from <= self.now
                found.setdefault(one.point_eic or "", []).append(
                    who_is_told.Change("CREATE", None, self.standing[one.id], None)
                )
        assert told == sum(len(of_place) for of_place in found.values())
        self._expect_each(found, last_unit, after, after)
        return told

    def _expect_each(
        self, found: dict[str, list[who_is_told.Change]], last_unit: int, before: World, after: World
    ) -> None:
        units = {unit.lanes[0]: unit for unit in Unit.objects.filter(pk__gt=last_unit)}
        assert units.keys() == found.keys()
        for eic, unit in units.items():
            assert unit.lanes == [eic]
            self._expect(unit, found[eic], before, after)

    def _save_point(self, where: int, sent: int, *how: int) -> None:
        eic = list(PLACES)[where % len(PLACES)]
        parent = PLACES[eic].parent
        sender = "" if sent % 5 == 0 else PLACES[eic].owner
        form = {
            "meteringPoint": {"meterEic": eic, "meteringType": "REMOTE_READING", "meteringPointType": "REGULAR"},
            "meterLocation": {"adrId": 1, "comment": str(sent)},
            "electricityCharacteristics": {"resolution": "PT15M"},
        }
        change = Change(ResourceType.METERING_POINT, "UPDATE", eic, after={"point": form})
        lanes = [eic, parent] if parent else [eic]
        world = self.read()
        with transaction.atomic(), open_unit(lanes=lanes, sender_eic=sender, saved_at=self.now) as unit:
            unit.record(change)
        told = who_is_told.told_of_point(eic, sender, world)
        messages = [(who, "METERING_POINT", "UPDATE", f"comment {sent}") for who in told]
        self.expected.append(Expected(unit.id, eic, [("UPDATE", True, messages)]))
        self.log.append(f"saved point {eic}")

    def _wait(self, *how: int) -> None:
        histories.wait(self, *how)

    def _wait_long(self, *how: int) -> None:
        histories.wait_long(self, *how)

    def _nothing(self, *how: int) -> None:
        pass

    def settle(self) -> None:
        """Work out all that waits, and tell of all that has started."""
        while self.follow(points=2):
            pass
        while self.start(most=2):
            pass


_DOINGS = [
    Hub._nothing,
    Hub._register,
    Hub._register,
    Hub._register,
    Hub._register,
    Hub._change,
    Hub._change,
    Hub._change,
    Hub._delete,
    Hub._follow,
    Hub._follow,
    Hub._start,
    Hub._save_point,
    Hub._wait,
    Hub._wait_long,
]


def _traces() -> tuple[int, ...]:
    """Give what any save leaves: the last unit, and how many of each other kind."""
    last = Unit.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return (
        last,
        Unit.objects.count(),
        AgreementVersion.objects.count(),
        Agreement.objects.count(),
        (FollowUp.objects.count()),
    )


# --- what was told ----------------------------------------------------------------------------------------------------


def told() -> dict[int, list[who_is_told.Message]]:
    """Give all messages in the order of their ids, by unit; each unit's stand together."""
    assert not StagedMessage.objects.exists()
    rows = list(Message.objects.select_related("address").order_by("id"))
    packs: dict[str, bytes] = {}
    found: dict[int, list[who_is_told.Message]] = {}
    for unit, of_unit in groupby(rows, key=lambda row: row.unit_id):
        assert unit not in found, "a unit is published together"
        found[unit] = [_message(row, packs) for row in of_unit]
    return found


def _message(row: Any, packs: dict[str, bytes]) -> who_is_told.Message:
    if row.pack not in packs:
        packs[row.pack] = store.get(row.pack)
    (framed,) = unframe_all(packs[row.pack], [(row.pack_offset, row.pack_length)])
    content = orjson.loads(orjson.loads(framed))
    address = row.address
    who = address.participant_eic, address.role, address.commodity
    if row.resource_type == ResourceType.METERING_POINT:
        return who, row.resource_type, row.reason, f"comment {content['meterLocation']['comment']}"
    return who, row.resource_type, row.reason, repr([sorted(one.items()) for one in content])


REAL_NOW = datetime.now(UTC)
LATER = REAL_NOW + timedelta(days=1)
