"""Identifiers as people type them, phones write them and scanners give them; and where a wrong one slipped."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_e_license.domain.identifier import CheckVerdict, Identifier, parse, qr_text
from pingshan_e_license.domain.verification.typed_identifier import Slip, as_typed, form_fault, likely_slips

RIGHT = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.C"
FULL_WIDTH = "".join(chr(ord(each) + 0xFEE0) for each in RIGHT)
PARTS = RIGHT.removeprefix("1.2.156.3005.2.").split(".")


@pytest.mark.parametrize(
    "typed",
    [
        RIGHT,
        f"  {RIGHT} \n",
        RIGHT.lower(),
        FULL_WIDTH,
        FULL_WIDTH.lower(),
        RIGHT.replace(".", "。"),
        RIGHT.replace(".", " . "),
        "1.2.156. 3005.2. 1144 0310 TEXT 0001 7P00 2. 1144 0310 TEXT 0001 7P. JY24 4031 0000 0002. 001. C",
        RIGHT.replace("TEXT", "TE\r\nXT"),
        RIGHT.replace("TEXT", "TE\u200bXT\ufeff"),
        f"电子证照标识：{RIGHT}",
        f"证照标识 {RIGHT}。",
        f"Licence identifier: {RIGHT.lower()}",
        f"（{RIGHT}）",
        f"http://localhost:18082/public/verify?identifier={RIGHT}",
        f"https://zz.szpsq.gov.cn/public/verify?identifier={RIGHT}&language=en",
        RIGHT.removeprefix("1.2.156.3005.2."),
        RIGHT.replace(".", ""),
        RIGHT.replace(".", " "),
        RIGHT.replace(".", "-"),
        RIGHT.replace("3005", "30-05"),
    ],
)
def test_what_people_mean(typed: str) -> None:
    assert as_typed(typed) == RIGHT


@pytest.mark.parametrize(
    "typed", ["", "  ", "伪造", "1.2.3", "abc", "1.2.156.3005.2", "91440310TEXT10001K", "x" * 5_000]
)
def test_what_is_none_stays_as_it_is(typed: str) -> None:
    assert as_typed(typed) == typed.strip()


def test_the_qr_code_leads_to_the_public_page_and_back() -> None:
    assert as_typed(qr_text(RIGHT, "https://zz.example")) == RIGHT


@given(st.text(max_size=200))
def test_any_text_is_read(typed: str) -> None:
    read = as_typed(typed)
    assert as_typed(read) == read
    assert likely_slips(read) is not None
    form_fault(read)


def changed(position: int, character: str) -> str:
    return RIGHT[:position] + character + RIGHT[position + 1 :]


def marks(slips: tuple[Slip, ...]) -> dict[int, str]:
    return {each.position: each.right for each in slips}


@pytest.mark.parametrize(
    ("position", "wrong"),
    [
        (RIGHT.index("TEXT"), "Y"),
        (RIGHT.index("P002"), "D"),
        (RIGHT.rindex("11440310") + 2, "9"),
        (RIGHT.index("JY") + 2, "Z"),
        (RIGHT.index("000002"), "O"),
    ],
)
def test_a_wrong_character_is_found(position: int, wrong: str) -> None:
    typed = changed(position, wrong)
    assert marks(likely_slips(typed))[position] == RIGHT[position]
    assert len(likely_slips(typed)) <= 4


def test_swapped_neighbours_are_found() -> None:
    at = RIGHT.index("2440")
    typed = RIGHT[:at] + "42" + RIGHT[at + 2 :]
    found = likely_slips(typed)
    [swapped] = [each for each in found if each.position == at]
    assert (swapped.length, swapped.typed, swapped.right) == (2, "42", "24")
    assert "颠倒" in swapped.sentence.zh
    assert "流水号段第 3、4 位" in swapped.sentence.zh
    assert "swapped" in swapped.sentence.en


def test_every_slip_that_is_named_would_mend_it() -> None:
    for position in range(15, len(RIGHT)):
        for wrong in "07O":
            typed = changed(position, wrong)
            for slip in likely_slips(typed):
                mended = typed[: slip.position] + slip.right + typed[slip.position + slip.length :]
                parsed = parse(mended)
                assert parsed is not None
                assert parsed[1] is CheckVerdict.VALID


def test_too_many_places_are_not_named() -> None:
    """A digit in the middle of a long serial number: any other place explains it as well."""
    serial = "83920175648392017564839201756483"
    whole = str(Identifier(PARTS[0], PARTS[1], serial, 1))
    typed = [
        whole.replace(serial, serial[:at] + str((int(serial[at]) + 5) % 10) + serial[at + 1 :]) for at in range(32)
    ]
    assert all(len(likely_slips(each)) <= 4 for each in typed)


def test_a_right_one_and_none_at_all_have_no_slip() -> None:
    assert likely_slips(RIGHT) == ()
    assert likely_slips("1.2.3") == ()


def test_which_part_is_too_short() -> None:
    short = RIGHT.replace("TEXT00017P.", "TEXT0017P.")
    fault = form_fault(short)
    assert fault is not None
    assert "机构段应为 18 位，现在是 17 位" in fault.zh
    assert "here it has 17" in fault.en
    assert form_fault(RIGHT) is None
    assert form_fault("1.2.3") is None


def test_it_takes_no_time() -> None:
    started = time.process_time()
    likely_slips(changed(RIGHT.index("000002"), "7"))
    assert time.process_time() - started < 0.1
