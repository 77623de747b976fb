"""What an act would do, said before: the same as it then does, with nothing saved. Source: `5-web.md`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from datahub.agreements.facts import AgreementFact
from datahub.agreements.models import Agreement, AgreementVersion
from datahub.agreements.rules.consequences import Action, Effect
from datahub.agreements.services import previews
from datahub.agreements.services.deciding import Terms
from datahub.agreements.services.previews import Preview
from datahub.errors import DomainError
from datahub.market import AgreementType, Role
from datahub.outbox.models import Unit
from tests.agreements import market
from tests.agreements.acting import change, delete, recorded, reference, refused, register, registrar
from tests.agreements.market import ELECTRICITY, HOUSE, JAAN, MARI, NAMED, NORTH, NOW, SUN, WIND, day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built")]
A = AgreementType
Seen = tuple[str, str, datetime, datetime | None]


def grid(end: datetime | None = None) -> AgreementFact:
    return register(A.GRID, NORTH, MARI, HOUSE, day(2026, 5, 1), end)


def supply(provider: str, start: datetime, end: datetime | None = None) -> AgreementFact:
    return register(A.SUPPLY, provider, MARI, HOUSE, start, end)


def sender(agreement: AgreementFact) -> dict[str, Any]:
    eic, role = registrar(agreement)
    return {"participant": market.party(eic), "role": role, "commodity": agreement.commodity}


def said(effect: Effect) -> Seen:
    return str(effect.reason), str(effect.subject.type), effect.subject.valid_from, effect.subject.valid_to


def done() -> list[Seen]:
    """Give what the last save did, quiet general services too."""
    unit = Unit.objects.latest("id").pk
    ended = AgreementVersion.objects.filter(known_to=unit)
    made = {one.current_id: one for one in AgreementVersion.objects.filter(known_from=unit)}
    deleted = [
        (one.ended_reason, one.type, one.valid_from, one.valid_to) for one in ended if one.current_id not in made
    ]
    return sorted([*deleted, *((one.reason, one.type, one.valid_from, one.valid_to) for one in made.values())], key=str)


def same_as(preview: Preview, act: Callable[[], Any]) -> list[Seen]:
    """Hold a preview to what the act then does, and to having saved nothing before it."""
    promised = sorted(map(said, [preview.direct, *preview.caused]), key=str)
    units = Unit.objects.count()
    act()
    assert Unit.objects.count() == units + 1
    assert promised == done()
    return promised


def test_a_new_supply_says_whom_it_ends_and_what_becomes_of_the_general_service() -> None:
    grid()
    supply(SUN, day(2026, 5, 5))
    later = supply(WIND, day(2026, 8, 1))
    terms = Terms(A.SUPPLY, WIND, MARI, ELECTRICITY, day(2026, 6, 1), day(2027, 1, 1), HOUSE)
    preview = previews.preview_registration(
        participant=market.party(WIND), role=Role.OPEN_SUPPLIER, commodity=ELECTRICITY, terms=terms, now=NOW
    )
    assert Agreement.objects.standing().filter(pk=later.id).exists()
    effects = same_as(preview, lambda: supply(WIND, day(2026, 6, 1), day(2027, 1, 1)))
    assert ("UPDATE_BC_SUPPLY_CREATE", "SUPPLY", day(2026, 5, 5), day(2026, 6, 1)) in effects
    assert ("DELETE_BC_SUPPLY_CREATE", "SUPPLY", day(2026, 8, 1), None) in effects
    assert ("CREATE_BC_SUPPLY_CREATE", "GENERAL_SERVICE", day(2027, 1, 1), None) in effects


def test_a_shortened_grid_says_what_it_shortens_and_deletes() -> None:
    standing = grid()
    supply(SUN, day(2026, 5, 5), day(2026, 9, 1))
    supply(WIND, day(2026, 9, 1))
    end = day(2026, 7, 1)
    preview = previews.preview_change(
        **sender(standing), reference=reference(standing), valid_to=end, agreement_id=None, now=NOW
    )
    effects = same_as(preview, lambda: change(standing, end))
    assert {effect[:2] for effect in effects if effect[1] == "SUPPLY"} == {
        ("UPDATE_BC_GRID_UPDATE", "SUPPLY"),
        ("DELETE_BC_GRID_UPDATE", "SUPPLY"),
    }


def test_a_deleted_grid_says_all_that_stands_on_it() -> None:
    standing = register(A.GRID, NORTH, MARI, HOUSE, day(2026, 6, 1))
    supply(SUN, day(2026, 6, 1))
    preview = previews.preview_deletion(**sender(standing), reference=reference(standing), now=NOW)
    effects = same_as(preview, lambda: delete(standing))
    assert [effect[1] for effect in effects].count("SUPPLY") == 1
    assert preview.direct.action is Action.DELETE


def test_an_act_between_parties_says_at_how_many_points_the_hub_looks() -> None:
    terms = Terms(A.NAMED_SUPPLIER, NAMED, NORTH, ELECTRICITY, day(2026, 6, 1))
    preview = previews.preview_registration(
        participant=market.party(NORTH), role=Role.GRID_OPERATOR, commodity=ELECTRICITY, terms=terms, now=NOW
    )
    assert (preview.caused, preview.points) == ((), 3)


def test_what_would_be_refused_is_refused_in_the_same_words_and_leaves_no_trace() -> None:
    grid()
    supply(SUN, day(2026, 5, 5))
    units, lanes = Unit.objects.count(), Unit.objects.latest("id").lanes
    terms = Terms(A.SUPPLY, WIND, MARI, ELECTRICITY, day(2026, 5, 6), None, HOUSE)
    asked = {"participant": market.party(WIND), "role": Role.OPEN_SUPPLIER, "commodity": ELECTRICITY}
    with pytest.raises(DomainError) as before:
        previews.preview_registration(**asked, terms=terms, now=NOW)
    with pytest.raises(DomainError) as then:
        supply(WIND, day(2026, 5, 6))
    assert refused(before) == refused(then)
    assert before.value.faults == then.value.faults
    assert (Unit.objects.count(), Unit.objects.latest("id").lanes) == (units, lanes)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(A.GENERAL_SERVICE, NORTH, MARI, ELECTRICITY, day(2026, 6, 1), None, HOUSE),
        Terms(A.SUPPLY, SUN, MARI, ELECTRICITY, day(2026, 6, 1), None, HOUSE),
        Terms(A.SUPPLY, WIND, JAAN, ELECTRICITY, day(2026, 6, 1), None, HOUSE),
    ],
)
def test_a_stranger_learns_nothing_by_asking(terms: Terms) -> None:
    grid()
    supply(SUN, day(2026, 5, 5))
    asked = {"participant": market.party(WIND), "role": Role.OPEN_SUPPLIER, "commodity": ELECTRICITY}
    with pytest.raises(DomainError):
        previews.preview_registration(**asked, terms=terms, now=NOW)
    with pytest.raises(DomainError):
        previews.preview_deletion(
            **asked, reference=previews.Reference(A.SUPPLY, SUN, MARI, ELECTRICITY, day(2026, 5, 5), HOUSE), now=NOW
        )


def test_the_earliest_end_knows_what_stands_on_a_grid_agreement() -> None:
    standing = grid()
    asked = {
        "participant": market.party(NORTH),
        "role": Role.GRID_OPERATOR,
        "reference": reference(standing),
        "now": NOW,
    }
    assert previews.earliest_end(**asked) == day(2026, 5, 4)
    supply(SUN, day(2026, 5, 5))
    assert previews.earliest_end(**asked) == day(2026, 5, 5)


def test_what_has_not_started_ends_after_its_first_day() -> None:
    grid()
    later = supply(SUN, day(2026, 6, 10))
    end = previews.earliest_end(
        participant=market.party(SUN), role=Role.OPEN_SUPPLIER, reference=reference(later), now=NOW
    )
    assert end == day(2026, 6, 11)
    change(later, end)
    assert recorded()[0].after["valid_to"] == "2026-06-10T21:00:00Z"  # type: ignore[index]
