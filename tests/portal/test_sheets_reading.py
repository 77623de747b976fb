"""Workbooks as people, programs and attackers make them: read right, or refused with the place and the reason."""

import io
import json
import struct
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from portal.sheets import messages, package
from portal.sheets.faults import SheetError, SheetFault
from portal.sheets.package import Limits
from portal.sheets.reading import open_workbook

# Cells hold wall times, which have no zone.
# ruff: noqa: DTZ001
from tests.portal.sheets import EIC, HEADERS, read, reading, row, shared, sheet_of, with_parts, workbook

FILES = Path(__file__).parent / "files"


def refusals(file: Any, **named: Any) -> list[tuple[str, int | None, str]]:
    """Read a file that is refused; give what is said, and where."""
    with pytest.raises(SheetError) as refused:
        list(reading(file, **named).rows())
    return [(fault.msgid, fault.place.row, fault.place.column) for fault in refused.value.faults]


def detail(file: Any, **named: Any) -> tuple[str, Any]:
    """Read a file that is refused; give the sentence and its detail."""
    with pytest.raises(SheetError) as refused:
        list(reading(file, **named).rows())
    fault = refused.value.faults[0]
    assert fault.say()
    return fault.msgid, getattr(fault.args.get("detail"), "msgid", None)


def faults_in(file: Any) -> list[tuple[str, int | None, str, str]]:
    return [
        (fault.msgid, fault.place.row, fault.place.column, fault.shown) for one in read(file) for fault in one.faults
    ]


class TestPrograms:
    def test_a_file_of_libreoffice(self) -> None:
        with (FILES / "libreoffice.xlsx").open("rb") as file:
            rows = read(file)
        assert [dict(one.values) for one in rows] == [
            {
                "eic": EIC,
                "kind": "REGULAR",
                "power": Decimal("12.5"),
                "many": 3,
                "day": date(2026, 12, 31),
                "at": datetime(2026, 12, 31, 12, 15, tzinfo=UTC),
                "heating": True,
                "comment": "õun",
            },
            {
                "eic": EIC,
                "kind": "BORDER",
                "power": Decimal("0.1"),
                "many": 4,
                "day": date(2027, 1, 1),
                "at": datetime(2026, 6, 30, 21, tzinfo=UTC),
                "heating": False,
                "comment": None,
            },
        ]
        assert not [fault for one in rows for fault in one.faults]

    def test_formulas_count_as_their_saved_results(self) -> None:
        with (FILES / "libreoffice-formulas.xlsx").open("rb") as file:
            first, second = read(file)
        assert (first.values["power"], first.values["many"], first.values["day"]) == (
            Decimal("0.3"),
            2,
            date(2026, 12, 31),
        )
        assert second.values["eic"] == EIC
        assert [(fault.msgid, fault.place.column, fault.shown) for fault in second.faults] == [
            (messages.ERROR_CELL, "C", "#DIV/0!")
        ]

    @pytest.mark.parametrize(
        ("name", "msgid"),
        [
            ("renamed-xls.xlsx", messages.OLD_XLS),
            ("renamed-ods.xlsx", messages.OPEN_DOCUMENT),
            ("renamed-csv.xlsx", messages.PLAIN_TEXT),
        ],
    )
    def test_other_forms_are_named(self, name: str, msgid: str) -> None:
        with (FILES / name).open("rb") as file:
            assert refusals(file) == [(msgid, None, "")]

    def test_formulas_whose_results_were_not_saved_are_refused(self) -> None:
        file = workbook(HEADERS, row(power="=1+1"))
        assert faults_in(file) == [(messages.FORMULA_WITHOUT_VALUE, 2, "C", "")]

    def test_days_counted_from_1904(self) -> None:
        def count_from_1904(book: Any) -> None:
            book.epoch = CALENDAR_MAC_1904

        file = workbook(
            HEADERS,
            row(day=date(2026, 12, 31), at=datetime(2026, 12, 31, 14, 15)),
            arrange=count_from_1904,
        )
        only = read(file)[0]
        assert (only.values["day"], only.values["at"]) == (
            date(2026, 12, 31),
            datetime(2026, 12, 31, 12, 15, tzinfo=UTC),
        )

    def test_texts_in_pieces_in_the_cell_and_with_reading_aids(self) -> None:
        cells = (
            '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><r><t>EIC </t></r><r><t>code</t></r></is></c>'
            '<c r="B1" t="inlineStr"><is><t>Type</t><rPh sb="0" eb="1"><t>taip</t></rPh></is></c></row>'
            f'<row><c t="str"><f>A1</f><v>{EIC}</v></c>'
            '<c t="inlineStr"><is><t>Regular_x000D_</t></is></c></row></sheetData>'
        )
        only = read(sheet_of(cells))[0]
        assert (only.values["eic"], only.values["kind"], only.faults) == (EIC, "REGULAR", ())


class TestHeaders:
    def test_any_order_case_language_and_a_title_above(self) -> None:
        file = workbook(
            ["Minu punktid"],
            [],
            ["märkus", " TYPE:", "eic  CODE *"],
            ["a", "border", EIC.lower()],
            [None, " \u00a0", None],
            [],
            ["b", "REGULAR", f" {EIC}\u00a0"],
        )
        rows = read(file)
        assert [(one.place.row, one.values["kind"], one.values["comment"]) for one in rows] == [
            (4, "BORDER", "a"),
            (7, "REGULAR", "b"),
        ]
        assert all(one.values["eic"] == EIC and not one.faults for one in rows)

    def test_unknown_missing_and_doubled_columns_are_all_named(self) -> None:
        file = workbook(["EIC code", "Colour", "comment", "Märkus"], [EIC, "red", "", ""])
        assert refusals(file) == [
            (messages.DUPLICATE_COLUMN, 1, "D"),
            (messages.UNKNOWN_COLUMN, 1, "B"),
            (messages.MISSING_COLUMN, 1, ""),
        ]

    def test_no_headers_no_rows_no_sheet(self) -> None:
        assert refusals(workbook(["a", "b"])) == [(messages.NO_TABLE, None, "")]
        assert refusals(workbook()) == [(messages.NO_TABLE, None, "")]
        assert refusals(workbook(HEADERS, [], [" "])) == [(messages.NO_ROWS, 1, "")]

    def test_merged_headers_are_taken_and_merged_rows_refused(self) -> None:
        def merge(book: Any) -> None:
            book.active.merge_cells("A1:H1")
            book.active.merge_cells("A4:A5")

        file = workbook(["Title"], HEADERS, row(), row(), row(eic=None), arrange=merge)
        assert faults_in(file) == [
            (messages.MERGED_CELLS, 4, "A", ""),
        ]

    def test_a_merged_block_is_one_fault_and_what_is_missing_beside_it_others(self) -> None:
        def merge(book: Any) -> None:
            book.active.merge_cells("A2:A97")

        file = workbook(HEADERS, row(), *[row(eic=None) for _ in range(96)], arrange=merge)
        assert faults_in(file) == [(messages.MISSING_LIKE, 98, "A", ""), (messages.MERGED_CELLS, 2, "A", "")]

    @pytest.mark.parametrize(("language", "number"), [("en", "12.5"), ("et", "12,5")])
    def test_a_number_that_would_be_right_has_the_form_of_the_language(self, language: str, number: str) -> None:
        (only,) = read(workbook(HEADERS, row(power="much")))
        (fault,) = only.faults
        kept = SheetFault.from_kept(fault.msgid, json.loads(json.dumps(fault.kept_args)))
        with translation.override(language):
            assert number in fault.say() and kept.say() == fault.say()

    def test_something_in_a_column_without_a_header_is_refused(self) -> None:
        file = workbook(HEADERS, [*row(), "stray"])
        assert faults_in(file) == [(messages.COLUMN_WITHOUT_HEADER, 2, "I", "stray")]

    def test_all_sheets_with_the_table_are_read_hidden_ones_are_told_of(self) -> None:
        def add(book: Any) -> None:
            second = book.create_sheet("Teine")
            second.append(HEADERS)
            second.append(row(comment="second"))
            hidden = book.create_sheet("Peidus")
            hidden.append(HEADERS)
            hidden.append(row(comment="hidden"))
            hidden.sheet_state = "hidden"
            book.create_sheet("Tühi")
            help_sheet = book.create_sheet("Instructions")
            help_sheet.append(["EIC code"])
            book.active.row_dimensions[3].hidden = True

        opened = reading(workbook(HEADERS, row(comment="first"), row(comment="folded"), arrange=add))
        rows = list(opened.rows())
        assert [(one.place.sheet, one.place.row, one.values["comment"]) for one in rows] == [
            ("Andmed", 2, "first"),
            ("Andmed", 3, "folded"),
            ("Teine", 2, "second"),
        ]
        assert [(note.msgid, note.place.sheet) for note in opened.notes] == [
            (messages.HIDDEN_SHEET, "Peidus"),
            (messages.HIDDEN_ROWS, ""),
        ]


class TestCells:
    def test_every_fault_of_a_row_says_where_what_and_what_would_be_right(self) -> None:
        file = workbook(
            HEADERS,
            row(
                eic="38ZGO-10000018-55",
                kind="Sort",
                power="12,3456",
                many="1,5",
                day="31.02.2026",
                at="x",
                heating="vb",
                comment="c" * 41,
            ),
        )
        (only,) = read(file)
        found = {fault.place.column: (fault.msgid, fault.place.header, fault.shown) for fault in only.faults}
        assert found == {
            "A": (messages.TOO_LONG, "EIC code", "38ZGO-10000018-55"),
            "B": (messages.NOT_CHOICE, "Type", "Sort"),
            "C": (messages.TOO_MANY_DECIMALS, "Power (kW)", "12,3456"),
            "D": (messages.NOT_WHOLE, "Count", "1,5"),
            "E": (messages.NOT_DATE, "Valid from", "31.02.2026"),
            "F": (messages.NOT_INSTANT, "Reading time", "x"),
            "G": (messages.NOT_BOOLEAN, "Electrical heating", "vb"),
            "H": (messages.TOO_LONG, "Comment", "c" * 41),
        }
        assert all(value is None for value in only.values.values())
        for language in ("et", "en"):
            with translation.override(language):
                assert all("%(" not in fault.say() for fault in only.faults)

    def test_script_and_formulas_in_text_are_text(self) -> None:
        def as_text(book: Any) -> None:
            book.active["H2"].value = "=cmd|' /C calc'!A0"
            book.active["H2"].data_type = "s"

        file = workbook(HEADERS, row(), row(comment="<script>alert(1)</script>"), arrange=as_text)
        assert [one.values["comment"] for one in read(file)] == ["=cmd|' /C calc'!A0", "<script>alert(1)</script>"]

    def test_numbers_that_a_program_saved_as_dates_are_refused_as_numbers(self) -> None:
        file = workbook(HEADERS, row(power=datetime(2026, 3, 12)))
        assert faults_in(file) == [(messages.DATE_NOT_NUMBER, 2, "C", "12.03.2026")]

    def test_faults_can_be_kept_and_said_again(self) -> None:
        from portal.sheets.faults import SheetFault

        (only,) = read(workbook(HEADERS, row(kind="x")))
        (fault,) = only.faults
        again = SheetFault.from_kept(fault.msgid, fault.kept_args, fault.place, fault.shown)
        assert again.say() == fault.say() == "This is not one of the possible values: Regular, Border."


def ole(stream: str) -> io.BytesIO:
    """Make the beginning of a compound file with the name of a stream in it."""
    return io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(300_000) + stream.encode("utf-16-le") + bytes(512))


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("file", "msgid"),
        [
            (io.BytesIO(), messages.EMPTY_FILE),
            (ole("Workbook"), messages.OLD_XLS),
            (ole("EncryptedPackage"), messages.ENCRYPTED),
            (io.BytesIO(b"\x09\x08\x10\x00" + bytes(100)), messages.OLD_XLS),
            (io.BytesIO(b"%PDF-1.7 ..."), messages.PDF),
            (io.BytesIO("EIC;Märkus\r\n1;õ\r\n".encode("cp1257")), messages.PLAIN_TEXT),
            (io.BytesIO("\ufeffEIC\tTüüp".encode("utf-16")), messages.PLAIN_TEXT),
            (io.BytesIO(b"\xef\xbb\xbf <html><table>"), messages.WEB_PAGE),
            (io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(50)), messages.UNKNOWN_FORM),
            (io.BytesIO(b"PK\x03\x04" + bytes(100)), messages.DAMAGED),
            (io.BytesIO(b"PK\x05\x06" + bytes(18)), messages.DAMAGED),
        ],
    )
    def test_what_is_no_workbook_is_said_to_be_what_it_is(self, file: io.BytesIO, msgid: str) -> None:
        assert refusals(file) == [(msgid, None, "")]

    def test_size_is_looked_at_first(self) -> None:
        with pytest.raises(SheetError) as refused:
            open_workbook(workbook(HEADERS), Limits(file_bytes=100))
        assert refused.value.faults[0].msgid == messages.TOO_LARGE

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
    def test_a_file_that_is_cut_short(self, share: float) -> None:
        whole = workbook(HEADERS, *[row(comment=str(number)) for number in range(300)]).getvalue()
        assert detail(io.BytesIO(whole[: int(len(whole) * share)])) == (messages.DAMAGED, messages.CUT_SHORT)

    def test_a_part_whose_bytes_were_changed(self) -> None:
        whole = bytearray(workbook(HEADERS, *[row(comment=str(number)) for number in range(300)]).getvalue())
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
        for offset in range(start + 200, start + 260):
            whole[offset] ^= 0xFF
        assert detail(io.BytesIO(bytes(whole)))[0] == messages.DAMAGED

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = with_parts(workbook(HEADERS), {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 60_000_000})
        assert detail(bomb) == (messages.SUSPICIOUS, messages.PACKED_TOO_TIGHTLY)

    def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_says(self) -> None:
        bomb = with_parts(workbook(HEADERS), {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 60_000_000})
        data = bytearray(bomb.getvalue())
        at = data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02"))
        data[at - 46 + 24 : at - 46 + 28] = struct.pack("<I", 1000)
        assert detail(io.BytesIO(bytes(data)))[0] == messages.DAMAGED

    def test_parts_together_are_bounded(self) -> None:
        file = workbook(HEADERS, row())
        assert detail(file, limits=Limits(unpacked_bytes=1000)) == (
            messages.TOO_MUCH_INSIDE,
            messages.UNPACKED_TOO_LARGE,
        )

    def test_an_archive_inside_is_not_opened_and_too_many_parts_refused(self) -> None:
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w") as archive:
            archive.writestr("points.xlsx", workbook(HEADERS, row()).getvalue())
        assert refusals(outer) == [(messages.ZIP_ARCHIVE, None, "")]
        many = with_parts(workbook(HEADERS), {f"xl/media/{number}.png": b"" for number in range(1_001)})
        assert detail(many) == (messages.SUSPICIOUS, messages.TOO_MANY_PARTS)

    def test_a_part_that_is_there_twice(self) -> None:
        file = workbook(HEADERS, row())
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("XL/workbook.xml", b"<workbook/>")
        assert detail(file) == (messages.SUSPICIOUS, messages.TWICE_THE_SAME)

    @pytest.mark.parametrize(
        "prolog",
        [
            '<!DOCTYPE a [<!ENTITY x "' + "y" * 1000 + '">]>',
            '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE a [<!ENTITY x SYSTEM "http://169.254.169.254/">]>',
        ],
    )
    def test_entities_are_refused_before_any_is_read(self, prolog: str) -> None:
        cells = "<sheetData>" + "<row><c><v>&x;</v></c></row>" * 1000 + "</sheetData>"
        assert detail(sheet_of(cells, prolog=prolog)) == (messages.SUSPICIOUS, messages.HAS_ENTITIES)

    def test_entities_in_the_shared_texts_are_refused_too(self) -> None:
        texts = b'<!DOCTYPE sst [<!ENTITY a "b">]><sst><si><t>&a;</t></si></sst>'
        assert detail(with_parts(shared(HEADERS), {"xl/sharedStrings.xml": texts})) == (
            messages.SUSPICIOUS,
            messages.HAS_ENTITIES,
        )

    def test_deep_and_endless_parts(self) -> None:
        assert detail(sheet_of("<a>" * 100_000)) == (messages.SUSPICIOUS, messages.TOO_DEEP)
        # Varied enough not to be refused as packed too tightly.
        endless = "".join(f"{number:x}" for number in range(600_000))
        assert detail(sheet_of(f'<row spans="{endless}"/>')) == (messages.SUSPICIOUS, messages.TOO_LONG_TAG)

    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            ("<sheetData><row", messages.BAD_XML),
            ('<sheetData><row r="2"/><row r="2"/></sheetData>', messages.BAD_ROW),
            ('<sheetData><row r="1048577"/></sheetData>', messages.BAD_ROW),
            ('<sheetData><row r="0"/></sheetData>', messages.BAD_ROW),
            ('<sheetData><row r="1"><c r="B2"><v>1</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="XFE1"><v>1</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="B1"/><c r="A1"/></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1" t="s"><v>-1</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1"><v>1e999999999</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1"><v>NaN</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1" t="?"><v>1</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1" t="d"><v>never</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData><row r="1"><c r="A1" s="x"><v>1</v></c></row></sheetData>', messages.BAD_CELL),
            ('<sheetData/><mergeCells><mergeCell ref="A1:"/></mergeCells>', messages.BAD_CELL),
        ],
    )
    def test_sheets_that_make_no_sense(self, cells: str, reason: str) -> None:
        assert detail(sheet_of(cells)) == (messages.DAMAGED, reason)

    def test_rows_columns_texts_sheets_and_time_are_bounded(self) -> None:
        file = workbook(HEADERS, *[row(comment=f"n{number}") for number in range(20)])
        assert refusals(file, limits=Limits(rows=10)) == [(messages.TOO_MANY_ROWS, 11, "")]
        assert refusals(file, limits=Limits(columns=7)) == [(messages.TOO_MANY_COLUMNS, 1, "")]
        file = shared(HEADERS, *[row(comment=f"n{number}") for number in range(20)])
        assert detail(file, limits=Limits(texts=5)) == (messages.TOO_MUCH_INSIDE, messages.TOO_MANY_TEXTS)
        assert detail(file, limits=Limits(text_characters=30)) == (messages.TOO_MUCH_INSIDE, messages.TOO_MANY_TEXTS)
        assert detail(file, limits=Limits(sheets=0)) == (messages.TOO_MUCH_INSIDE, messages.TOO_MANY_SHEETS)
        assert refusals(file, limits=Limits(seconds=-1)) == [(messages.TOO_SLOW, None, "")]

    def test_links_to_other_files_are_not_followed(self) -> None:
        file = workbook(HEADERS, row())
        with zipfile.ZipFile(file) as archive:
            relations = archive.read("xl/_rels/workbook.xml.rels").decode()
        outside = relations.replace(
            'Target="/xl/worksheets/sheet1.xml"', 'Target="http://127.0.0.1:1/" TargetMode="External"'
        )
        assert outside != relations
        changed = with_parts(file, {"xl/_rels/workbook.xml.rels": outside.encode()})
        assert detail(changed)[0] == messages.NO_TABLE

    def test_a_relation_that_climbs_out_of_the_archive_finds_nothing(self) -> None:
        file = workbook(HEADERS, row())
        with zipfile.ZipFile(file) as archive:
            relations = archive.read("xl/_rels/workbook.xml.rels").decode()
        climbing = relations.replace("/xl/worksheets/sheet1.xml", "../../../etc/passwd")
        assert detail(with_parts(file, {"xl/_rels/workbook.xml.rels": climbing.encode()}))[0] == messages.DAMAGED


@pytest.mark.parametrize("count", [1_500])
def test_many_rows_are_read_in_their_order(count: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    file = workbook(
        HEADERS, *[row(many=number, day=(start + timedelta(days=number % 300)).date()) for number in range(count)]
    )
    assert [one.values["many"] for one in read(file)] == list(range(count))


def test_the_limits_suit_what_people_send() -> None:
    assert package.LIMITS.rows >= 60_000
