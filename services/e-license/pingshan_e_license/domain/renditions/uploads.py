"""What an uploaded PDF or OFD may be, what was found in it, and what that says; unknown never means forged."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pingshan_values.text import Text, shown

from pingshan_e_license.domain.errors import FileTooLarge, FileUnreadable
from pingshan_e_license.domain.identifier import CheckVerdict, parse
from pingshan_e_license.domain.verification.conclusion import Check, Verification

OFD_NAMESPACE = "http://www.ofdspec.org/2016"
MOST_BYTES = 10 * 1024 * 1024
"""Of an uploaded file."""
MOST_ENTRIES = 2_000
MOST_UNPACKED = 128 * 1024 * 1024
"""Of all entries of a package together; an entry is read only as far as it says that it is long."""
MOST_RATIO = 200
"""How many times its packed size an entry may have, where it has more than a megabyte."""
MOST_PART = 32 * 1024 * 1024
MOST_SEALS = 20
SECONDS = 8.0
"""Processor time for one file."""


class FileKind(StrEnum):
    PDF = "pdf"
    OFD = "ofd"


class SealState(StrEnum):
    UNCHANGED = "unchanged"
    """What was sealed is as it was."""
    ADDED_TO = "added_to"
    """What was sealed is as it was, and something was added to the file afterwards."""
    CHANGED = "changed"
    """The file is not as it was sealed."""
    UNREADABLE = "unreadable"
    """The seal is of a form, or by an algorithm, that is not read here."""


@dataclass(frozen=True)
class SealFound:
    state: SealState
    standard: str
    """The standard by which it is built; empty where it could not be read."""
    name: str = ""
    """The name of the seal, or of who signed, as the file has it."""
    signer: str = ""
    at: datetime | None = None
    is_genuine: bool = False
    """Whether its maker's signature holds and lets the signer use it."""
    in_force: bool = True
    """Whether it was sealed within the seal's own period."""
    maker_certificate: bytes = field(default=b"", repr=False)
    unprotected_parts: int = 0
    """Parts of the package that this seal does not cover: pages, pictures, attachments, notes."""


@dataclass(frozen=True)
class FileRead:
    kind: FileKind
    texts: tuple[str, ...] = field(repr=False)
    """Where an identifier of GB/T 36904 may stand, of properties and the text of pages: 50 at most, cut to a line."""
    seals: tuple[SealFound, ...]
    is_cut_short: bool = False
    """Whether there were more seals or parts than are read."""


class Origin(StrEnum):
    RENDERED_HERE = "rendered_here"
    """Octet for octet what this platform rendered."""
    NAMES_LICENSE = "names_license"
    """It names a licence, and is not what this platform rendered."""
    FOREIGN = "foreign"
    """It names no licence of this platform."""


@dataclass(frozen=True)
class RenditionVerification:
    kind: FileKind
    origin: Origin
    checks: tuple[Check, ...]
    verification: Verification | None
    """The answer for the licence that the file names, the same as by its identifier."""


def check_size(content: bytes) -> None:
    """Raises FileTooLarge beyond 10 MiB, FileUnreadable for an empty file."""
    if len(content) > MOST_BYTES:
        raise FileTooLarge(megabytes=MOST_BYTES // 1_048_576)
    if not content:
        raise unreadable("empty")


def unreadable(why: str) -> FileUnreadable:
    """Returns the refusal of a file; `why` is a key of the reasons below."""
    sentence = _REASONS[why]
    return FileUnreadable(why=why, why_zh=sentence.zh, why_en=sentence.en)


def named_identifier(texts: Iterable[str]) -> str | None:
    """Returns the first identifier of GB/T 36904 with a right check character, None where there is none."""
    for text in texts:
        for word in text.replace("，", " ").replace(",", " ").replace(";", " ").split():
            parsed = parse(word.strip())
            if parsed is not None and parsed[1] is not CheckVerdict.WRONG:
                return word.strip()
    return None


def conclude_rendition(
    read: FileRead, *, is_known: bool, verification: Verification | None, known_makers: Iterable[bytes]
) -> RenditionVerification:
    """Returns what the file says, step by step; `is_known` tells that this platform rendered these very octets."""
    names_ours = verification is not None and verification.found is not None
    origin = Origin.RENDERED_HERE if is_known else Origin.NAMES_LICENSE if names_ours else Origin.FOREIGN
    makers = frozenset(known_makers)
    checks = [_ORIGINS[origin], *(each for seal in read.seals for each in _seal_checks(seal, makers))]
    if not read.seals and origin is Origin.FOREIGN:
        checks.append(_NO_SEAL)
    if read.is_cut_short:
        checks.append(_CUT_SHORT)
    return RenditionVerification(read.kind, origin, tuple(checks), verification)


def _seal_checks(seal: SealFound, known_makers: frozenset[bytes]) -> list[Check]:
    if seal.state is SealState.UNREADABLE:
        return [_SEAL_UNREADABLE]
    name = shown(seal.name or seal.signer)
    day_zh = f"，{seal.at:%Y-%m-%d}" if seal.at else "，日期未载明"
    day_en = f" on {seal.at:%Y-%m-%d}" if seal.at else " on a day that it does not say"
    zh, en = _STATES[seal.state]
    sealed_zh, sealed_en = f"盖有“{name}”{day_zh}：{zh}", f"Sealed by “{name}”{day_en}: {en}"
    holds = seal.state is not SealState.CHANGED and seal.is_genuine and seal.in_force
    checks = [Check("seal", holds, Text(sealed_zh, sealed_en))]
    if seal.state is not SealState.CHANGED and not seal.is_genuine:
        checks.append(_NOT_GENUINE)
    if not seal.in_force:
        checks.append(_NOT_IN_FORCE)
    known = seal.is_genuine and seal.maker_certificate in known_makers
    checks.append(_KNOWN if known else _NOT_KNOWN)
    if seal.unprotected_parts:
        zh = f"这枚印章没有保护文件的 {seal.unprotected_parts} 个部件（页面、图片、附件或批注），它们可能是盖章后加的。"
        checks.append(
            _failed("seal_cover", zh, f"The seal does not cover {seal.unprotected_parts} part(s) of the file.")
        )
    return checks


def _passed(code: str, zh: str, en: str) -> Check:
    return Check(code=code, passed=True, sentence=Text(zh, en))


def _failed(code: str, zh: str, en: str) -> Check:
    return Check(code=code, passed=False, sentence=Text(zh, en))


_STATES = {
    SealState.UNCHANGED: ("此后未被改动。", "unchanged since."),
    SealState.ADDED_TO: (
        "盖章的部分未被改动，但此后文件又添加了内容。",
        "what was sealed is unchanged, but something was added to the file since.",
    ),
    SealState.CHANGED: ("文件与盖章时不一致。", "the file is not as it was sealed."),
}
_ORIGINS = {
    Origin.RENDERED_HERE: _passed(
        "rendition",
        "这是本平台生成的文件，一字未改。",
        "This platform rendered the file, and nothing in it was changed.",
    ),
    Origin.NAMES_LICENSE: _failed(
        "rendition",
        "文件写有本平台证照的标识，但不是本平台生成的原件（可能另存、打印或改动过）；请以下面登记的内容为准，逐项对照。",
        "The file names a licence of this platform but is not what it rendered (saved anew, printed or changed): "
        "rely on what is registered below, and compare.",
    ),
    Origin.FOREIGN: _failed(
        "rendition",
        "文件不是本平台生成的，本平台没有它的登记；请向颁发机构核实。",
        "This platform did not render the file and has no record of it; please ask whoever issued it.",
    ),
}
_NO_SEAL = _failed("seal", "文件里没有电子印章或签名。", "The file has no electronic seal or signature.")
_SEAL_UNREADABLE = _failed(
    "seal",
    "文件里有一枚印章或签名，其格式或算法本平台读不了，不能判断；请向颁发机构核实。",
    "The file has a seal or signature of a form or algorithm that is not read here, so nothing is said about it; "
    "please ask whoever issued it.",
)
_NOT_GENUINE = _failed(
    "seal_maker",
    "印章自身的制章签名未能确认。",
    "The signature of who made the seal was not confirmed.",
)
_NOT_IN_FORCE = _failed("seal_period", "盖章时间不在印章的有效期内。", "It was sealed outside the period of the seal.")
_KNOWN = _passed(
    "seal_register", "印章在本平台登记（演示印章）。", "The seal is in this platform's register (a demonstration seal)."
)
_NOT_KNOWN = _failed(
    "seal_register",
    "印章不在本平台登记，名称以文件所载为准，未经本平台确认。",
    "The seal is not in this platform's register; its name is what the file says and is not confirmed here.",
)
_CUT_SHORT = _failed(
    "file_limits", "文件内容过多，只读了一部分。", "The file has more in it than is read here; only a part was read."
)
_REASONS = {
    "empty": Text("文件是空的", "it is empty"),
    "kind": Text("既不是 PDF，也不是 OFD", "it is neither a PDF nor an OFD"),
    "encrypted": Text("文件已加密", "it is encrypted"),
    "damaged": Text("文件已损坏或不完整", "it is damaged or incomplete"),
    "limits": Text("解开后过大，或部件过多", "it unpacks to too much, or has too many parts"),
    "ambiguous": Text(
        "包内有重名的部件，不同软件会显示不同的内容", "two of its parts have one name, and programs show either"
    ),
    "doctype": Text("含有不允许的 DOCTYPE 声明", "it has a DOCTYPE, which is not allowed"),
    "slow": Text("读取所需的时间或内存过多", "reading it takes too much time or memory"),
}
