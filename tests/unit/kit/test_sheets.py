"""Sheets come in and go out as people exchange them: leading zeros, 18 digits and rare characters survive."""

import io
import time
import zipfile

import pytest
from pingshan_kit import sheets
from pingshan_values.sheet import REASONS, SheetUnreadable

from tests.support.identity.hostile_sheets import HOSTILE, workbook
from tests.support.sheets import read_sheet

ROWS = [["登录名", "姓名", "号码"], ["water03", "㙍䶮𠮷", "0012"], ["water04", "张三", "440310199003070015"]]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_comes_in_again(kind: sheets.Format) -> None:
    assert read_sheet(sheets.write(ROWS, kind)) == ROWS
    assert sheets.format_of(sheets.write(ROWS, kind)) == kind


def test_csv_is_gb_18030_and_utf_8_with_its_mark_is_read_too() -> None:
    assert sheets.write(ROWS, "csv").decode("gb18030").startswith("登录名,姓名,号码")
    assert read_sheet("﻿登录名,姓名\r\na1,张三\r\n".encode()) == [["登录名", "姓名"], ["a1", "张三"]]


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1", "-1", "@x", '=HYPERLINK("http://attacker.example")', "\t=1", "\r=1", "\n=1"),
        *("＝1+1", "＋1", "－1", "＠x"),
    ],
)
def test_nothing_that_goes_out_is_a_formula(cell: str) -> None:
    assert f"'{cell[0]}" in sheets.write([["a"], [cell]], "csv").decode("gb18030")
    packed = zipfile.ZipFile(io.BytesIO(sheets.write([["a"], [cell]], "xlsx")))
    assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
    assert read_sheet(sheets.write([["a"], [cell]], "xlsx")) == [["a"], [cell.strip()]]


@pytest.mark.parametrize("cell", ["a\x01b", "\x0b", "\x1f\x1f", "a\ufffeb", "\uffff"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_came_in_by_csv_goes_out_in_any_format(cell: str, kind: sheets.Format) -> None:
    """XML has no form for it: the sheet with the errors of an import must not be the one thing that fails."""
    (_, row) = read_sheet(f"\ufeffa,b\nx{cell}x,1\n".encode())
    written = sheets.write([["a", "b"], row], kind)
    assert read_sheet(written)[1][1] == "1"


def test_numbers_become_text_without_a_point() -> None:
    assert read_sheet(workbook(["a"], [13800000000])) == [["a"], ["13800000000"]]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sheet_is_refused_before_it_costs_much(name: str) -> None:
    why, make = HOSTILE[name]
    content = make()
    began = time.process_time()
    with pytest.raises(SheetUnreadable) as refused:
        read_sheet(content)
    assert refused.value.params["why"] == why
    assert why in REASONS
    assert time.process_time() - began < 3


def test_the_largest_honest_sheet_is_read() -> None:
    rows = [[f"{column}" for column in range(40)], *([f"{n}-{c}" for c in range(40)] for n in range(5_000))]
    assert read_sheet(sheets.write(rows, "csv")) == rows
    people = [row[:9] for row in rows]
    assert read_sheet(sheets.write(people, "xlsx")) == people


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"a\n", "empty"),
        (b"\xff\xff\xff", "not-a-sheet"),
        (b"a\0b\nc\n", "not-a-sheet"),
        (b"\xef\xbb\xbfa\xed\xa0\x80\nc\n", "not-a-sheet"),
        (b"PK\x03\x04 broken", "not-a-sheet"),
        (workbook(["a"], ["=1+1"]), "formulas"),
        (workbook(["a"], *([str(number)] for number in range(5_001))), "too-many-rows"),
        (b"a\n" + b"1\n" * 5_001, "too-many-rows"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(SheetUnreadable) as refused:
        read_sheet(content)
    assert refused.value.params["why"] == why
