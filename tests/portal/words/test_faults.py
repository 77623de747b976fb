"""Faults in words: every code in both languages, what stands inside them, and the field that each belongs to."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from datahub.errors import Code, Fault, all_of, any_of, codes, fault, listing, phrase
from datahub.market import AgreementType, Commodity, Role
from datahub.parties import eic
from portal.words import catalogues, said
from portal.words.faults import fault_text, field_of, kept_fault_text

START, END = datetime(2026, 1, 9, 22, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
LABELS = {"agreement.validFrom": "Algus", "agreement.validTo": "Lõpp"}


@pytest.mark.parametrize("language", ["et", "en"])
@pytest.mark.parametrize("code", codes.every_code(), ids=lambda code: f"{code.name}: {code.message[:20]}")
def test_every_code_is_said_in_both_languages(code: Code, language: str) -> None:
    places = 1 + max((int(number) for number in re.findall(r"\{(\d+)\}", code.message)), default=-1)
    values = ["agreement.validFrom", AgreementType.SUPPLY, Role.AGGREGATOR, START, Commodity.ELECTRICITY, 12]
    with translation.override(language):
        text = fault_text(fault(code, *values[:places]), LABELS)
        template = translation.gettext(said.message_of(code))
    assert text[-1] in ".!?…" and not re.search(r"\{\d|%\(|\.\.", text)
    assert not text[0].islower()
    if language == "et":
        is_same = said.message_of(code) in catalogues.SAME_IN_BOTH_FILE.read_text().splitlines()
        assert is_same or template != said.message_of(code), f"{code.message} has no Estonian"
    # Nothing that only systems understand.
    assert not re.search(r"agreement\.v|validFrom|SUPPLY|AGGREGATOR|T\d\d:\d\d:\d\dZ|\b(PUT|POST)\b", text)


@pytest.mark.parametrize(
    ("found", "estonian", "english"),
    [
        (fault(codes.MISSING, "agreement.validFrom"), "„Algus“ puudub.", "“Algus” is missing."),
        (
            fault(codes.FROM_NOT_BEFORE_TO, "agreement.validFrom", START, "agreement.validTo", END),
            "„Algus“ (10.01.2026 00:00) peab olema varasem kui „Lõpp“ (25.10.2026 03:00 talveaja järgi).",
            "“Algus” (10 Jan 2026 00:00) must be before “Lõpp” (25 Oct 2026 03:00 winter time).",
        ),
        (
            fault(codes.SENDER_TYPE, "GRID_OPERATOR", any_of([Role.OPEN_SUPPLIER, Role.AGGREGATOR])),
            "Teie roll on võrguettevõtja, aga selle toimingu jaoks peab see olema avatud tarnija või agregaator.",
            "You act in the role grid operator, but this can only be done in the role open supplier or aggregator.",
        ),
        (
            fault(codes.TOO_BIG, "meterMetadata.meterLocation.coordinates.latitude", Decimal("70.25"),
                  phrase("{0} ({1}, in Estonia)", 59.5, "WGS84")),
            "„Laius“ on 70,25, aga peab olema kõige rohkem 59,5 (WGS 84, Eesti piires).",
            "“Latitude” is 70.25, but must be at most 59.5 (WGS 84, in Estonia).",
        ),
        (
            fault(codes.AGREEMENT_TOO_EARLY, "agreement.validFrom", "2026-01-09T22:00:00Z", START, phrase("today")),
            "„Algus“ on 10.01.2026 00:00, aga kõige varem saab olla 10.01.2026 00:00: täna.",
            "“Algus” is 10 Jan 2026 00:00, but may be 10 Jan 2026 00:00 at the earliest: today.",
        ),
        (
            fault(codes.MISSING, phrase("{0} of the type {1}", "customer.customerMetadata", "FIRST_NAME")),
            "Eesnimi jaotises „Kliendi andmed“ puudub.",
            "First name under “Customer's data” is missing.",
        ),
        (
            fault(codes.CONNECTION_PREFERRED_DATE_PAST, "x.preferredDate", date(2026, 1, 9), date(2026, 1, 10)),
            "„Soovitud kuupäev“ on 09.01.2026, aga kõige varem saab olla 10.01.2026 ehk täna.",
            "“Preferred date” is 9 Jan 2026, but may be 10 Jan 2026 at the earliest: today.",
        ),
        (
            fault(codes.MISSING, any_of(["meterData[0].inQty", "meterData[0].outQty"])),
            "„Tootmine“ või „Tarbimine“ puudub.",
            "“Production” or “Consumption” is missing.",
        ),
        (
            fault(codes.PERIOD_NOT_COVERED, "networkBillPeriod", START, START, all_of(
                [phrase("{0} – {1}", START, phrase("open-ended")), "x"])),
            "„Arve periood“ (10.01.2026 00:00 – 10.01.2026 00:00) peab mahtuma ühe võrgulepingu sisse; sellega"
            " kattuvate lepingute kehtivus: 10.01.2026 00:00 – tähtajatu ja x.",
            None,
        ),
        (fault(codes.FIELD_CANNOT_BE_LONGER, "x.comment", 40001, 4000),
         "„Märkus“: märke on 40\u202f001, aga võib olla kõige rohkem 4\u202f000.", None),
        (fault(codes.AGREEMENT_ATTRIBUTE_CANNOT_BE_CHANGED, "x.preliminaryTerminationFee", "false", "true"),
         "„Lepingu ennetähtaegse lõpetamise tasu“ on ei ja uus väärtus ei saa olla jah.", None),
        (fault(codes.INVALID_ENUM, "BILLING_METHOD", phrase("a set of {0}", listing(["EMAIL", "POST"])), "FAX"),
         "Arve saatmise viis võib olla valik järgmistest: E-posti aadress, POST, aga mitte FAX.", None),
    ],
    ids=lambda value: value.code.name if isinstance(value, Fault) else "",
)  # fmt: skip
def test_what_stands_inside_is_said_too(found: Fault, estonian: str, english: str | None) -> None:
    with translation.override("et"):
        assert fault_text(found, LABELS) == estonian
    if english is not None:
        with translation.override("en"):
            assert fault_text(found, LABELS) == english


def test_what_people_typed_stays_and_never_at_length() -> None:
    with translation.override("et"):
        shown = fault_text(fault(codes.INVALID_EMAIL, "x.comment", "{0} %(x)s <b> 2026-99-99"), {})
        long = fault_text(fault(codes.INVALID_EMAIL, "x.comment", "a" * 5000), {})
    assert shown == "„Märkus“ on {0} %(x)s <b> 2026-99-99, aga peab olema e-posti aadress."
    assert len(long) < 300


@pytest.mark.parametrize("sign", ["E", "M"])
def test_a_check_character_is_no_code_of_a_list(sign: str) -> None:
    bodies = (f"38X-TEST-{number:04d}--" for number in range(1_000))
    code = next(body for body in bodies if eic.complete(body).endswith(sign)) + "0"
    found = eic.check(code, kind=eic.PARTY, path="eic")
    assert found is not None
    with translation.override("en"):
        assert f"its check character must be {sign}" in fault_text(found, {})


PATHS = {
    "agreement.validFrom": "start",
    "agreement": "whole",
    "agreement.parties[0].eic": "first",
    "agreement.parties.eic": "any",
    "customerEic": "customer",
}


def test_when_something_happened_is_said_to_the_minute_and_a_limit_to_the_second() -> None:
    moment = datetime(2026, 1, 2, 10, 0, 7, tzinfo=UTC)
    with translation.override("et"):
        told = fault_text(fault(codes.CHANGED_MEANWHILE, moment), {})
        assert "02.01.2026 12:00" in told and "12:00:07" not in told
        limit = fault(codes.FROM_NOT_BEFORE_TO, "validFrom", moment, "validTo", moment)
        assert "02.01.2026 12:00:07" in fault_text(limit, {})


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("agreement.validFrom", "start"),
        ("agreement.validFrom.day", "start"),
        ("agreement.other", "whole"),
        ("agreement[3].other", "whole"),
        ("agreementChange.other", None),
        ("agreement.parties[0].eic", "first"),
        ("agreement.parties[7].eic", "any"),
        ("anything[2].customerEic", "customer"),
        ("notthecustomerEic", None),
        ("38X-AVP-00000001", None),
        ("", None),
    ],
)
def test_a_fault_belongs_to_the_longest_path(path: str, field: str | None) -> None:
    assert field_of(fault(codes.MISSING, path), PATHS) == field


def test_a_path_inside_words_counts() -> None:
    assert (
        field_of(fault(codes.MISSING, phrase("{0} (as production is true)", "agreement.validFrom")), PATHS) == "start"
    )
    assert field_of(fault(codes.MISSING, any_of(["x.customerEic", "agreement"])), PATHS) == "customer"
    assert field_of(fault(codes.GENERAL), PATHS) is None


@pytest.mark.parametrize(
    ("found", "estonian"),
    [
        (fault(codes.WRONG_RESOLUTION, "meterData[0].periods[0]", "PT1H",
               phrase("{0}, like the other readings of {1} in the message", "PT15M", date(2026, 1, 2))),
         "„Mõõteandmed“: mõõtesamm on tund, aga peab olema veerandtund, nagu sama sõnumi teistel"
         " mõõteandmetel (02.01.2026)."),
        (fault(codes.WRONG_RESOLUTION, "meterData[0].periods[0]", "P1D", any_of(["PT15M", "PT1H"])),
         "„Mõõteandmed“: mõõtesamm on päev, aga peab olema veerandtund või tund."),
        (fault(codes.COMMODITY_TYPE_MISMATCH, "meterData[0].meterEic", "NATURAL_GAS", "ELECTRICITY", phrase("context")),
         "„Mõõtepunkt“ on maagaas, aga peab olema elekter (määrab valitud roll)."),
        (fault(codes.PERIOD_START_IN_FUTURE, "meterData[0].periods[0].aI[3].pS", "2026-01-09T22:00:00Z", 5),
         "„Vahemiku algus“ on 10.01.2026 00:00, aga võib jääda kuni 5 päeva tulevikku."),
        (fault(codes.FIELD_VALUE_CANNOT_BE_NEGATIVE, "meterData[0].periods[0].aI[3].outQty.kwh", -1.0),
         "„Energia (kWh)“ on \u22121, aga ei saa olla negatiivne."),
        (fault(codes.TOO_MANY_DECIMALS, "meterData[0].periods[0].aI[3].outQty.kwh", "1.23456", 3),
         "„Energia (kWh)“ on 1,23456, aga komakohti võib olla kõige rohkem 3."),
        (fault(codes.GENERAL_AT_WORK),
         "Midagi läks valesti Andmelaos, mitte saadetud andmetes; saatke need uuesti."),
    ],
)  # fmt: skip
def test_what_documents_kept_of_a_fault_is_said_too(found: Fault, estonian: str) -> None:
    with translation.override("et"):
        assert kept_fault_text(found.code.name, found.message, {}) == estonian
        assert kept_fault_text(found.code.name, "something else", {}) == "something else"
        assert kept_fault_text("no.such.code", found.message, {}) == found.message


# --- no English goes past the catalogues --------------------------------------------------------------------------

# What stands between values alone, and what pages never show.
_KNOWN = {"datahub/metering/readings/decoding.py"}
_WORDS = re.compile(r"[A-Za-z]{2,} |^[A-Za-z ]+ [A-Za-z]+$")


def _calls() -> Iterator[tuple[str, ast.Call, ast.AST]]:
    root = Path(settings.BASE_DIR)
    for package in catalogues.PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if "/api/" in name or "/wire/" in name or "/migrations/" in name or name in _KNOWN:
                continue
            tree = ast.parse(path.read_text())
            for scope in ast.walk(tree):
                if isinstance(scope, ast.FunctionDef):
                    for call in ast.walk(scope):
                        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("fault", "refuse"):
                            yield name, call, scope


def _english(node: ast.AST, scope: ast.AST) -> Iterator[str]:
    """Find words that a fault is given as they are: written at the call, or put into a variable before it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORDS.search(node.value):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (text for part in node.values for text in _english(part, scope))
    elif isinstance(node, ast.BoolOp):
        yield from (text for value in node.values for text in _english(value, scope))
    elif isinstance(node, ast.IfExp):
        yield from (text for value in (node.body, node.orelse) for text in _english(value, scope))
    elif isinstance(node, ast.Name):
        for one in ast.walk(scope):
            if isinstance(one, ast.Assign) and any(getattr(to, "id", "") == node.id for to in one.targets):
                yield from _english(one.value, ast.Module([], []))


def test_what_rules_and_services_say_inside_a_fault_is_a_phrase() -> None:
    found = [
        f"{name}:{call.lineno}: {text!r}" for name, call, scope in _calls() for arg in call.args[1:]
        for text in _english(arg, scope)
    ]  # fmt: skip
    assert not found, "\n".join(found)
