"""What every story does with a page: send its form, see what is wrong at a field, open what it lets download."""

from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openpyxl import load_workbook
from playwright.sync_api import Locator, expect

from datahub.parties import eic
from tests.contracts.product import Product
from tests.portal.browser.reader import Reader

# The northern operator's network area, and what a metering point of it is at the least.
AREA = eic.complete("38A-POHJA-VORK-")
_TEXTS = {"county": "Harju maakond", "municipality": "Tallinn", "transmission_network_eic": AREA}
_CODES = {
    "metering_type": "REMOTE_READING",
    "consumption_scale": "SMALL",
    "connection_state": "CONNECTED",
    "resolution": "PT15M",
    "customer_type": "CONSUMER",
}


def press_main(reader: Reader) -> None:
    """Press the button that sends the form of the page."""
    buttons = "main form[method=post] button.btn-primary, main form[method=post] button.btn-danger"
    reader.follow(reader.page.locator(buttons), look=False)


def path_of(reader: Reader) -> str:
    return urlsplit(reader.page.url).path


def said_at(reader: Reader, name: str) -> str:
    """Give what a field says is wrong with it; it must say so to those who do not see it, too."""
    wrong = reader.page.locator("main .field-wrong").filter(has=reader.page.locator(f"[name='{name}']"))
    expect(wrong).to_have_count(1)
    said = wrong.locator(".field-errors")
    described = reader.page.locator(f"[aria-describedby~='{said.get_attribute('id')}']")
    expect(described.first).to_be_visible()
    return said.inner_text()


def told(reader: Reader) -> str:
    """Give the notice that an act was done, which must be the only one."""
    notice = reader.page.locator("#messages .alert-success")
    expect(notice).to_have_count(1)
    return notice.inner_text()


def type_day(reader: Reader, field: Locator, day: str) -> None:
    """Tab to a field of a day and type it (YYYY-MM-DD), part by part in the order of the browser's language."""
    year, month, number = day.split("-")
    reader.tab_to(field)
    for parts in ((number, month, year), (month, number, year)):
        reader.type("".join(parts))
        if field.input_value() == day:
            return
        reader.press("ArrowLeft", "ArrowLeft")
    raise AssertionError(f"{day} cannot be typed: {field.input_value()}")


def downloaded(reader: Reader, link: Locator) -> tuple[str, bytes]:
    """Press a link or a button that downloads a file; give the file's name and bytes."""
    with reader.page.expect_download() as waiting:
        link.first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """Open a workbook; give the rows of its sheets."""
    book = load_workbook(BytesIO(content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def free_codes(hub: Product, count: int) -> list[str]:
    """Give codes of the northern operator that no metering point has yet."""
    taken = {row["eic"] for row in hub.rows("SELECT eic FROM metering_point WHERE eic LIKE %s", "38ZGO-1S%")}
    whole = (eic.complete(f"38ZGO-1S{number:07}") for number in range(1_000_000))
    # No check character fits some of them.
    free = (code for code in whole if not code.endswith("-") and code not in taken)
    return [next(free) for _ in range(count)]


def filled(template: bytes, rows: list[dict[str, Any]]) -> bytes:
    """Fill the first sheet of a template, each row by the words of its headers, and save it anew."""
    book = load_workbook(BytesIO(template))
    sheet = book.worksheets[0]
    headers = [str(cell.value).removesuffix(" *") for cell in sheet[1]]
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(number, headers.index(name) + 1, value)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def upload(reader: Reader, name: str, content: bytes) -> None:
    """Choose a file in the form of the page and send it."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    reader.page.locator("main [name=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    press_main(reader)


def fill_in_point(operator: Reader) -> None:
    """Fill the form of a new metering point in, all but its code."""
    for name, value in _TEXTS.items():
        operator.page.locator(f"[name={name}]").fill(value)
    for name, value in _CODES.items():
        operator.page.locator(f"[name={name}]").select_option(value)


def add_point(operator: Reader, code: str) -> None:
    """Add a metering point of the northern operator."""
    operator.page.goto(f"{operator.base}/operator/metering-points/new")
    fill_in_point(operator)
    operator.page.locator("[name=eic]").fill(code)
    press_main(operator)
    told(operator)
