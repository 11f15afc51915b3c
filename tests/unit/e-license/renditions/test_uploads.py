"""What is said of a file and of its seals: unknown is never forged."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_e_license.domain.errors import FileTooLarge, FileUnreadable
from pingshan_e_license.domain.renditions.uploads import (
    MOST_BYTES,
    FileKind,
    FileRead,
    Origin,
    SealFound,
    SealState,
    check_size,
    conclude_rendition,
    named_identifier,
)

SEAL = SealFound(
    SealState.UNCHANGED,
    "GB/T 38540-2020",
    name="某局",
    at=datetime(2025, 3, 8, tzinfo=UTC),
    is_genuine=True,
    maker_certificate=b"maker",
)


def passed(*seals: SealFound, known: bool = False) -> dict[str, bool]:
    read = FileRead(FileKind.OFD, (), seals)
    makers = [b"maker"] if known else []
    answer = conclude_rendition(read, is_known=False, verification=None, known_makers=makers)
    assert answer.origin is Origin.FOREIGN
    assert not [each for each in answer.checks if "伪" in each.sentence.zh or "forged" in each.sentence.en]
    return {each.code: each.passed for each in answer.checks if each.code != "rendition"}


@pytest.mark.parametrize(
    ("seal", "said"),
    [
        (SEAL, {"seal": True, "seal_register": False}),
        (replace(SEAL, state=SealState.ADDED_TO), {"seal": True, "seal_register": False}),
        (replace(SEAL, state=SealState.CHANGED), {"seal": False, "seal_register": False}),
        (replace(SEAL, is_genuine=False), {"seal": False, "seal_maker": False, "seal_register": False}),
        (replace(SEAL, in_force=False), {"seal": False, "seal_period": False, "seal_register": False}),
        (replace(SEAL, unprotected_parts=2), {"seal": True, "seal_register": False, "seal_cover": False}),
        (SealFound(SealState.UNREADABLE, ""), {"seal": False}),
    ],
)
def test_a_seal(seal: SealFound, said: dict[str, bool]) -> None:
    assert passed(seal) == said


def test_a_seal_in_the_register_is_genuine_and_not_only_named_so() -> None:
    assert passed(SEAL, known=True)["seal_register"]
    assert not passed(replace(SEAL, is_genuine=False), known=True)["seal_register"]


def test_a_file_without_a_seal() -> None:
    assert passed() == {"seal": False}


def test_identifiers_in_texts() -> None:
    right = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001."
    check = next(each for each in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if named_identifier([right + each]))
    assert named_identifier(["", f"证照，{right}{check} x"]) == right + check
    assert named_identifier(["1.2.156.3005.2", right]) is None


def test_sizes() -> None:
    check_size(b"x")
    with pytest.raises(FileTooLarge):
        check_size(b"x" * (MOST_BYTES + 1))
    with pytest.raises(FileUnreadable):
        check_size(b"")
