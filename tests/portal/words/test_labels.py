"""Every code of the market has a word in both languages."""

import importlib
import pkgutil
from enum import StrEnum

import pytest
from django.template import Context, Template
from django.utils import translation

import connections
import datahub
import distribution
import enquiries
from datahub.agreements.rules.consequences.effects import Action
from datahub.market import AgreementType, MeteringPointType, Permission, Role
from portal.words import labels
from portal.words.labels import explanation, label, labelled

# What services of the API alone take.
_OF_THE_API = ".api"


def every_list() -> list[type[StrEnum]]:
    """Find the code lists of the whole project, but for those of the API's bodies."""
    found: dict[str, type[StrEnum]] = {}
    for package in (datahub, distribution, enquiries, connections):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            name = module.name
            if _OF_THE_API in name or ".migrations" in name or name.startswith(("datahub.settings", "datahub.demo")):
                continue
            if name in ("datahub.asgi", "datahub.wsgi") or name.startswith("datahub.local"):
                continue
            for value in vars(importlib.import_module(name)).values():
                is_list = isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum
                if is_list and _OF_THE_API not in value.__module__ and not value.__module__.startswith("django"):
                    found[value.__qualname__] = value
    return list(found.values())


@pytest.mark.parametrize("codes", every_list(), ids=lambda codes: codes.__name__)
@pytest.mark.parametrize("language", ["et", "en"])
def test_every_code_has_a_word(codes: type[StrEnum], language: str) -> None:
    assert codes in labels.LABELS, f"{codes.__name__} has no words in portal/words/labels.py"
    assert set(labels.LABELS[codes]) >= {code.value for code in codes}
    with translation.override(language):
        words = [label(code) for code in codes]
    assert all(words)
    # Of two that are called alike nobody could choose one.
    assert len(set(words)) == len(words)


def test_explanations_are_those_of_codes() -> None:
    for codes, words in labels.EXPLANATIONS.items():
        assert set(words) <= {code.value for code in codes}


@pytest.mark.parametrize(
    ("code", "of", "word"),
    [
        (Role.OPEN_SUPPLIER, None, "Avatud tarnija"),
        ("OPEN_SUPPLIER", None, "Avatud tarnija"),
        (AgreementType.AGGREGATION, None, "Agregeerimisleping"),
        (MeteringPointType.AGGREGATION, None, "Agregeerimispunkt"),
        ("AGGREGATION", "MeteringPointType", "Agregeerimispunkt"),
        ("AGGREGATION", MeteringPointType, "Agregeerimispunkt"),
        ("IN", None, "Tootmine"),
        ("OUT", None, "Tarbimine"),
        ("CREATE", Action, "Loodud"),
        ("UPDATE_BC_SUPPLY_CREATE", None, "Muudetud, sest loodi teine leping: Avatud tarne leping"),
        ("DELETE_BC_GRID_UPDATE", None, "Kustutatud, sest muudeti teist lepingut: Võrguleping"),
        ("UPDATE_BC_SUPPLY_SOMETHING", None, "UPDATE_BC_SUPPLY_SOMETHING"),
        ("UPDATE_BC_NOTHING_CREATE", None, "UPDATE_BC_NOTHING_CREATE"),
        ("38X-AVP-00000001", None, "38X-AVP-00000001"),
    ],
)
def test_words_of_codes(code: str, of: type[StrEnum] | str | None, word: str) -> None:
    with translation.override("et"):
        assert label(code, of) == word


def test_words_follow_the_language_of_the_moment() -> None:
    with translation.override("et"):
        assert ("ADMIN", "Haldaja") in labelled(Permission)
        assert explanation(Permission.ADMIN) == "Kõik õigused selles rollis, ka kasutajate haldamine."
    with translation.override("en"):
        assert ("ADMIN", "Administrator") in labelled(Permission)
        assert explanation(Permission.VIEWER_AGREEMENT) == ""


def test_filters_escape_and_take_nothing_for_nothing() -> None:
    template = Template(
        '{% load words %}{{ code|label }}|{{ none|label }}|{{ "AGGREGATION"|label:"MeteringPointType" }}'
    )
    with translation.override("en"):
        shown = template.render(Context({"code": "<script>", "none": None}))
    assert shown == "&lt;script&gt;||Aggregation point"
