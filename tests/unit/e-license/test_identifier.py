import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_e_license.domain.identifier import (
    CheckVerdict,
    Identifier,
    check_character,
    is_serial_number,
    parse,
    qr_text,
)

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("identifier_vectors.json").read_text(encoding="utf-8"))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CODES = st.text(ALPHABET, min_size=1, max_size=80)
IDENTIFIERS = st.builds(
    Identifier,
    type_code=st.text(ALPHABET, min_size=21, max_size=21),
    authority=st.text(ALPHABET, min_size=18, max_size=18),
    serial_number=st.text(ALPHABET, min_size=1, max_size=32),
    version=st.integers(1, 999),
)


@pytest.mark.parametrize("vector", VECTORS["published"] + VECTORS["ours"], ids=lambda each: each["id"][-30:])
def test_known_identifiers_get_their_verdict(vector: dict[str, str]) -> None:
    parsed = parse(vector["id"])
    assert parsed is not None
    identifier, verdict = parsed
    assert verdict == vector["verdict"]
    assert identifier.check == vector.get("strict_check", vector["id"][-1])


@pytest.mark.parametrize("vector", VECTORS["identifiers_invalid"], ids=lambda each: each["reason"])
def test_invalid_identifiers_are_refused(vector: dict[str, str]) -> None:
    parsed = parse(vector["id"])
    assert parsed is None or parsed[1] is CheckVerdict.WRONG


@pytest.mark.parametrize(("text", "check"), VECTORS["mod_37_36"])
def test_published_check_characters(text: str, check: str) -> None:
    assert check_character(text) == check


@pytest.mark.parametrize(("text", "check"), VECTORS["mod_37_36_invalid"])
def test_wrong_check_characters_differ(text: str, check: str) -> None:
    assert check_character(text) != check


@given(IDENTIFIERS)
def test_an_identifier_reads_back_as_itself(identifier: Identifier) -> None:
    assert parse(str(identifier)) == (identifier, CheckVerdict.VALID)


@given(CODES, st.data())
def test_every_single_substitution_is_detected(text: str, data: st.DataObject) -> None:
    """What ISO 7064 promises of a hybrid system."""
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET.replace(text[place], "")))
    assert check_character(text[:place] + other + text[place + 1 :]) != check_character(text)


@given(CODES)
def test_the_whole_string_satisfies_the_formula_of_the_standard(text: str) -> None:
    """ISO 7064 clause 9: computed another way, over the string with its check character, the sum is 1 modulo 36."""
    product = 36
    for character in text:
        product = ((product + ALPHABET.index(character)) % 36 or 36) * 2 % 37
    assert (product + ALPHABET.index(check_character(text))) % 36 == 1


@pytest.mark.parametrize("text", ["1", "A" * 32, "20260001", "JY24403100000001"])
def test_serial_numbers(text: str) -> None:
    assert is_serial_number(text)


@pytest.mark.parametrize("text", ["", "A" * 33, "a1", "20-1", " 1", "1\n", "号"])
def test_what_is_no_serial_number(text: str) -> None:
    assert not is_serial_number(text)


@given(IDENTIFIERS)
def test_what_is_scanned_can_be_verified_and_tells_nothing_more(identifier: Identifier) -> None:
    assert parse(qr_text(str(identifier), "https://zz.example").partition("=")[2]) == (identifier, CheckVerdict.VALID)
