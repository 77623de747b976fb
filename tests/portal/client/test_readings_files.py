"""A customer's readings as files: what the table says, and nothing that a program takes for a formula."""

import io
from datetime import date

import openpyxl
import pytest

from tests.portal.client.readings import (
    AUTUMN,
    FILE,
    PAGE,
    SPRING,
    browser_of,
    csv_of,
    exact,
    point_of,
    seen,
    send,
    table,
)

pytestmark = pytest.mark.usefixtures("_market")


def test_files_say_what_the_table_says() -> None:
    point = point_of()
    send(point, date(2026, 10, 5), kwh=0.1, fed=0.02)
    send(point, date(2026, 10, 7), kwh=0.1, fed=0.001, kind="E")
    send(point, date(2025, 10, 7), kwh=0.3, fed=0.002)
    query = {"span": "month", "day": "2026-10-31", "former": "on"}
    shown = table(seen(browser_of(), **query))
    answer = browser_of().get(FILE, {**query, "form": "csv"})
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{point.eic} 2026-10-01 2026-10-31')
    head, *rows = csv_of(answer)
    assert head[:5] == [
        "Address",
        "Metering point (EIC)",
        "Start of the interval",
        "End of the interval",
        "Consumption, kWh",
    ]
    at = {name: head.index(name) for name in head}
    columns = (
        "Consumption, kWh",
        "Consumption: metered or estimated",
        "Production, kWh",
        "Production: metered or estimated",
        "Consumption a year before, kWh",
        "Production a year before, kWh",
    )
    expected = [[exact(cell) for cell in row[1:]] for row in shown]
    assert [[exact(row[at[name]]) for name in columns] for row in rows] == expected
    assert {(row[0], row[1]) for row in rows} == {("Uus tn 20, Tartu linn", point.eic)}
    assert rows[6][at["Of consumption estimated, kWh"]] == "9.6"
    assert rows[4][at["Of consumption estimated, kWh"]] == "0"
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(browser_of().get(FILE, {**query, "form": "xlsx"}).streaming_content))
    )
    (_, *cells) = list(book.active.values)
    assert [
        [exact(str(line[at[name]] or "")) if line[at[name]] != 0 else 0 for name in columns] for line in cells
    ] == expected
    # Without the year before, and without production, there are no columns of them.
    send(other := point_of(number=5), date(2026, 10, 5))
    head, *_ = csv_of(browser_of().get(FILE, {"point": other.eic, "span": "day", "day": "2026-10-05", "form": "csv"}))
    assert not [name for name in head if "before" in name or "roduction" in name]


def test_a_file_of_a_year_has_every_quarter_hour() -> None:
    send(point_of(), SPRING, AUTUMN)
    rows = csv_of(browser_of().get(FILE, {"span": "year", "day": "2025-05-05", "unit": "QUARTER_HOUR", "form": "csv"}))
    assert len(rows) == 35_041 and len({row[2] for row in rows}) == 35_041


@pytest.mark.parametrize("street", ['=HYPERLINK("http://x")', "+1", "@SUM(A1)", "-2+3", "\tx"])
def test_what_a_program_takes_for_a_formula_is_none_in_files(street: str) -> None:
    send(point_of(street_address=street), date(2026, 10, 5))
    query = {"span": "month", "day": "2026-10-05"}
    for row in csv_of(browser_of().get(FILE, {**query, "form": "csv"})):
        assert not row[0].startswith(("=", "+", "-", "@", "\t"))
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(browser_of().get(FILE, {**query, "form": "xlsx"}).streaming_content))
    )
    assert {cell.data_type for cell in book.active["A"]} == {"s"}


def test_what_others_wrote_stands_as_text() -> None:
    point_of(street_address="<script>alert(1)</script>")
    point_of(number=1)
    page = seen(browser_of())
    assert b"<script>alert" not in page.content and b"&lt;script&gt;alert" in page.content


def test_no_file_leads_to_the_page() -> None:
    point = point_of()
    send(point, date(2026, 10, 5))
    for query in ({"form": "exe"}, {}, {"form": "csv", "span": "week"}):
        answer = browser_of().get(FILE, query)
        assert answer.status_code == 302 and answer["Location"].startswith(f"{PAGE}?")
        assert "form=" not in answer["Location"]
