"""A short soak: everything at once under faults. The long one is `make soak`."""

from itertools import pairwise

import pytest

from tests.contracts import storm
from tests.contracts.product import Product
from tests.contracts.soak import Soak

KINDS = {
    "agreements",
    "agreements between participants",
    "authorizations",
    "bills",
    "border agreements",
    "connections",
    "customers",
    "enquiries",
    "imports",
    "points",
    "readings",
}


def test_a_seed_gives_the_same_plan_each_time_and_another_one_another() -> None:
    assert storm.plan(1, 600) == storm.plan(1, 600) != storm.plan(2, 600)


def test_nobody_is_hit_again_before_it_is_up_and_everybody_is_hit() -> None:
    for seed in range(20):
        faults = storm.plan(seed, 600)
        assert {fault.victim for fault in faults} == set(storm.EVERYONE)
        for victim in storm.EVERYONE:
            own = [fault for fault in faults if fault.victim == victim]
            assert all(one.at + one.lasts < other.at for one, other in pairwise(own))
        assert max(fault.at + fault.lasts for fault in faults) <= 600 - storm.CALM_SECONDS


@pytest.mark.timeout(300)
def test_saves_of_every_kind_under_faults_are_told_exactly_once(product: Product) -> None:
    soak = Soak(product, seed=11, seconds=15, pause=0.05)
    soak.run()
    assert {fault.victim for fault in soak.plan if fault.kind == "kill"} >= {"web", "redis", "postgres"}
    assert soak.storm.is_over and len(soak.storm.done) == len(soak.plan)
    assert set(soak.saves) >= KINDS


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [12, 13])
def test_a_thousand_saves_of_every_kind_under_faults_are_told_exactly_once(product: Product, seed: int) -> None:
    soak = Soak(product, seed=seed, seconds=180, pause=0.05, least=1_000)
    soak.run()
    assert set(soak.saves) >= KINDS and soak.saves.total() >= 1_000
