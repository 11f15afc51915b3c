"""Personal data at rest, and identifiers."""

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from pingshan_kit.crypto import PersonalData, UnknownKeyError
from pingshan_kit.ids import uuid7

OLD, NEW, INDEX = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
PLACE = {"table": "person", "column": "mobile", "row": "1"}


@given(st.text(), st.text(), st.text(), st.text())
def test_what_is_encrypted_is_read_again_at_its_place(text: str, table: str, column: str, row: str) -> None:
    data = PersonalData([NEW], INDEX)
    blob = data.encrypt(text, table=table, column=column, row=row)
    assert data.decrypt(blob, table=table, column=column, row=row) == text


@pytest.mark.parametrize("elsewhere", [{"table": "holder"}, {"column": "name"}, {"row": "2"}])
def test_a_blob_moved_elsewhere_is_refused(elsewhere: dict[str, str]) -> None:
    data = PersonalData([NEW], INDEX)
    blob = data.encrypt("+8613800000001", **PLACE)
    with pytest.raises(InvalidTag):
        data.decrypt(blob, **{**PLACE, **elsewhere})


def test_places_that_join_to_the_same_text_are_different() -> None:
    data = PersonalData([NEW], INDEX)
    blob = data.encrypt("x", table="ab", column="c", row="1")
    with pytest.raises(InvalidTag):
        data.decrypt(blob, table="a", column="bc", row="1")


@given(st.integers(min_value=4, max_value=40), st.integers(min_value=1, max_value=255))
def test_a_changed_blob_is_refused(place: int, change: int) -> None:
    data = PersonalData([NEW], INDEX)
    blob = bytearray(data.encrypt("+8613800000001", **PLACE))
    blob[place] ^= change
    with pytest.raises(InvalidTag):
        data.decrypt(bytes(blob), **PLACE)


def test_an_old_key_still_reads_and_a_new_one_writes() -> None:
    blob = PersonalData([OLD], INDEX).encrypt("x", **PLACE)
    assert PersonalData([NEW, OLD], INDEX).decrypt(blob, **PLACE) == "x"
    with pytest.raises(UnknownKeyError):
        PersonalData([NEW], INDEX).decrypt(blob, **PLACE)


def test_equal_texts_have_equal_indexes_and_different_blobs() -> None:
    data = PersonalData([NEW], INDEX)
    assert data.index("+8613800000001") == data.index("+8613800000001")
    assert data.index("+8613800000001") != data.index("+8613800000002")
    assert data.index("x") != PersonalData([NEW], OLD).index("x")
    assert data.encrypt("x", **PLACE) != data.encrypt("x", **PLACE)


def test_an_index_outlives_the_data_key() -> None:
    assert PersonalData([NEW, OLD], INDEX).index("x") == PersonalData([OLD], INDEX).index("x")


def test_identifiers_are_uuid_7_and_increase() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert {each.version for each in made} == {7}
    assert {each.variant for each in made} == {"specified in RFC 4122"}
