"""Words of addresses: what a text asks for, and which points have it, whatever signs stand between."""

import pytest
from django.db import connection

from datahub.metering.addresses import at_address, words_of
from datahub.metering.models import MeteringPoint
from tests.agreements import market
from tests.agreements.market import HOUSE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Tamme 5", ["tamme", "5"]),
        ("  TAMME,  5-12 tamme ", ["tamme", "5", "12"]),
        ("A.H.Tammsaare tee 5a/7", ["a", "h", "tammsaare", "tee", "5a", "7"]),
        ("Õ\u0303_Põhja", ["õ", "põhja"]),
        ("Po\u0303hja", ["põhja"]),
        ("':* & !<-> | () \\ %", []),
        ("", []),
    ],
)
def test_a_text_is_parted_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.fixture
def somewhere(db: None) -> None:
    """A house with a whole address."""
    market.build()
    MeteringPoint.objects.filter(eic=HOUSE).update(
        county="Harju maakond",
        municipality="Tallinn",
        locality="Põhja-Tallinna linnaosa",
        street_address="A.H.Tammsaare tee 20-3 // Õie põik 7/9b",
        postcode="10612",
    )


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("Tammsaare 20", True),
        ("20 tammsaare", True),
        ("TAMM tee 20-3", True),
        ("tammsaare 3", True),
        ("õie põik 7", True),
        ("õie 9B", True),
        ("A. H. Tammsaare tee 20-3, Põhja-Tallinna linnaosa, Tallinn, Harju maakond, 10612", True),
        ("10612", True),
        ("tall", True),
        ("h t a", False),
        ("tammsaare 2", False),
        ("1061", False),
        ("tam", False),
        ("õie 9", False),
        ("maak", True),
        ("linn", False),
        ("maakond", True),
        ("vald", False),
        ("tammsaare 21", False),
        ("saare", False),
        ("tammsaare tartu", False),
        ("and or not tammsaare", False),
    ],
)
def test_a_point_has_all_of_the_words(somewhere: None, text: str, is_found: bool) -> None:
    found = at_address(MeteringPoint.objects.filter(eic=HOUSE), words_of(text))
    assert found.exists() == is_found


def test_the_index_has_the_words_that_are_asked_for(somewhere: None) -> None:
    found = at_address(MeteringPoint.objects.order_by(), ["tammsaare", "20"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "metering_point_by_words" in found.explain()
