"""What a page says of an identifier that is none, or is not known, and by which address the public is counted."""

from dataclasses import dataclass

from pingshan_kit.http.peers import peer_of
from pingshan_values.text import Text
from starlette.requests import Request

from pingshan_e_license.domain.verification.conclusion import Result, Verification
from pingshan_e_license.domain.verification.typed_identifier import form_fault, likely_slips

RETRY_SECONDS = "5"
"""`Retry-After` where the register did not answer."""


@dataclass(frozen=True)
class Wrong:
    """Is why an identifier is refused, and its text in pieces: those that are marked may have slipped."""

    sentence: Text
    pieces: tuple[tuple[str, bool], ...]


def wrong_identifier(answer: Verification, identifier: str) -> Wrong | None:
    """Returns what is wrong with what was typed; None where it is the identifier of a licence, or may well be one."""
    slips = likely_slips(identifier) if answer.result in (Result.MALFORMED, Result.UNKNOWN) else ()
    if answer.result is not Result.MALFORMED and not slips:
        return None
    failed = next(each.sentence for each in answer.checks if not each.passed)
    told = [each.sentence for each in slips] or [each for each in [form_fault(identifier)] if each is not None]
    zh, en = "；".join(each.zh for each in told), "; ".join(each.en for each in told)
    sentence = Text(f"{failed.zh}{zh}" if zh else failed.zh, f"{failed.en} {en}" if en else failed.en)
    return Wrong(sentence, _pieces(identifier, [(each.position, each.length) for each in slips]))


def _pieces(identifier: str, places: list[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    """Cuts the text at the places; those that overlap become one."""
    marked = {position + offset for position, length in places for offset in range(length)}
    pieces: list[tuple[str, bool]] = []
    for number, character in enumerate(identifier if marked else ""):
        if pieces and pieces[-1][1] == (number in marked):
            pieces[-1] = (pieces[-1][0] + character, pieces[-1][1])
        else:
            pieces.append((character, number in marked))
    return tuple(pieces)


def address_of(request: Request) -> str:
    """Returns what the limit of the public counts as one peer, by the address that a trusted proxy names."""
    return peer_of(request.client.host) if request.client else ""
