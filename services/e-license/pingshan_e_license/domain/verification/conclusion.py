"""Concludes whether a licence is authentic and what its state is, step by step."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, Text, is_line

from pingshan_e_license.domain.errors import RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import CheckVerdict, Identifier, next_version, parse
from pingshan_e_license.domain.license import License, LicenseOfType, Standing, State

_LONGEST_PURPOSE = 200


class Result(StrEnum):
    VALID = "valid"
    NOT_VALID = "not_valid"
    """It is authentic, but suspended, revoked, superseded, expired, not yet valid or the like."""
    UNKNOWN = "unknown"
    """It is not confirmed here, and the issuer should be asked; this never means that it is forged."""
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    passed: bool
    sentence: Text
    is_warning: bool = False
    """Whether it calls for attention, without deciding the result."""


@dataclass(frozen=True)
class Examined:
    """Holds what the identifier's text alone tells."""

    identifier: Identifier | None
    """None where the text is no identifier, or its check character is wrong."""
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Verification:
    result: Result
    state: State | None
    as_of: datetime
    checks: tuple[Check, ...]
    found: LicenseOfType | None
    """None unless the licence was issued here and its signature holds; `shown_holder` and `shown_attributes` say
    what may be shown of it.
    """


def check_purpose(purpose: str) -> None:
    """Raises RequestInvalid unless the purpose is a line of 1 to 200 characters."""
    if not is_line(purpose, _LONGEST_PURPOSE):
        zh = f"请说明核验用途，最多 200 字的{ONE_LINE.zh}。"
        raise RequestInvalid([Violation("purpose", zh, f"Say why you verify, in 1 to 200 characters, {ONE_LINE.en}.")])


def examine(text: str) -> Examined:
    """Checks the form and the check character of the text (GB/T 36904)."""
    parsed = parse(text)
    if parsed is None:
        return Examined(None, (_FORM_WRONG,))
    identifier, verdict = parsed
    checks = (_FORM_RIGHT, _CHARACTER[verdict])
    return Examined(None if verdict is CheckVerdict.WRONG else identifier, checks)


def conclude(
    examined: Examined, found: LicenseOfType | None, *, signature_holds: bool, day: date, as_of: datetime
) -> Verification:
    """Returns the result with its steps; `found` is the licence of the identifier, `day` decides its state."""
    if examined.identifier is None:
        return Verification(Result.MALFORMED, None, as_of, examined.checks, None)
    if found is None:
        return Verification(Result.UNKNOWN, None, as_of, (*examined.checks, _NOT_HERE), None)
    if not signature_holds:
        return Verification(Result.UNKNOWN, None, as_of, (*examined.checks, _HERE, _SIGNATURE_WRONG), None)
    state = found.license.state_on(day)
    checks = (*examined.checks, _HERE, _SIGNATURE_RIGHT, _period_check(found, day), _standing_check(found.license))
    if found.license.is_flagged:
        checks = (*checks, _GROUND_GONE)
    result = Result.VALID if state is State.VALID else Result.NOT_VALID
    return Verification(result, state, as_of, checks, found)


def shown_holder(found: LicenseOfType) -> Holder | None:
    """Returns the holder that everybody who verifies may see; None where the holder is a person."""
    holder = found.license.holder
    return None if holder.is_person else holder


def shown_attributes(found: LicenseOfType) -> dict[str, Any]:
    """Returns the attributes that everybody who verifies may see: those that the type makes public."""
    return {name: value for name, value in found.license.attributes.items() if name in found.type.public_fields}


def recorded_subject(examined: Examined, found: LicenseOfType | None) -> str:
    """Returns what the record of a verification names: the licence's id, else the identifier, else an empty string.

    Text that is no identifier is not kept, since somebody may have typed personal data.
    """
    if found is not None:
        return str(found.license.license_id)
    return "" if examined.identifier is None else str(examined.identifier)


def _passed(code: str, zh: str, en: str) -> Check:
    return Check(code=code, passed=True, sentence=Text(zh, en))


def _failed(code: str, zh: str, en: str) -> Check:
    return Check(code=code, passed=False, sentence=Text(zh, en))


_FORM_RIGHT = _passed("form", "标识格式符合 GB/T 36904。", "The identifier has the form of GB/T 36904.")
_FORM_WRONG = _failed(
    "form",
    "这不是电子证照标识：应为 1.2.156.3005.2 开头的十段，大写，不含空格。",
    "This is not a licence identifier: ten parts beginning with 1.2.156.3005.2, upper case, without spaces.",
)
_CHARACTER = {
    CheckVerdict.VALID: _passed("check_character", "校验位正确。", "The check character is right."),
    CheckVerdict.LEGACY_VARIANT: _passed(
        "check_character",
        "校验位按常见的旧算法计算（legacy-variant），与标准算法不同；不影响核验。",
        "The check character follows a widespread old routine (legacy-variant), not the standard; this is no fault.",
    ),
    CheckVerdict.WRONG: _failed(
        "check_character",
        "校验位不对：标识可能输错了一位，请对照证照重新输入。",
        "The check character is wrong: one character may be mistyped. Please compare with the licence.",
    ),
}
_GROUND_GONE = Check(
    "ground",
    passed=False,
    sentence=Text(
        "所依据的另一张证照已被暂停或收回；这张证照仍按上面的结论，使用前请向颁发机构核实。",
        "A licence on which it stands was suspended or taken away. The answer above holds; please ask the issuer.",
    ),
    is_warning=True,
)
_HERE = _passed("issued_here", "本平台颁发过这张证照。", "This platform issued the licence.")
_NOT_HERE = _failed(
    "issued_here",
    "本平台没有颁发过这张证照，无法判断真伪；请向颁发机构核实。",
    "This platform did not issue it and cannot say whether it is authentic; please ask the issuing authority.",
)
_SIGNATURE_RIGHT = _passed(
    "signature", "颁发机构的电子签名有效，内容未被改动。", "The issuer's signature holds; nothing was changed."
)
_SIGNATURE_WRONG = _failed(
    "signature",
    "存档的签名未通过验证，暂不能确认；请向颁发机构核实并报告本次核验。",
    "The stored signature did not verify, so nothing is confirmed; please ask the issuer and report this.",
)
_STANDING = {
    Standing.VALID: _passed("state", "没有被暂停、吊销或注销。", "It is not suspended, revoked or cancelled."),
    Standing.SUSPENDED: _failed("state", "暂停使用中，恢复前不得使用。", "It is suspended and may not be used now."),
    Standing.REVOKED: _failed("state", "已被吊销，吊销是最终决定。", "It was revoked, and revocation is final."),
    Standing.RESCINDED: _failed("state", "许可已被撤销。", "It was rescinded: it should not have been issued."),
    Standing.CANCELLED: _failed("state", "这张证照已注销。", "It was cancelled."),
    Standing.LAPSED: _failed("state", "这张证照已宣告失效。", "It was declared void."),
    Standing.TRANSFERRED_OUT: _failed("state", "这张证照已迁出本区。", "It was transferred out of the district."),
}


def _standing_check(known: License) -> Check:
    """Returns what decisions say; a superseded version names the one that took its place."""
    if known.standing is not Standing.SUPERSEDED:
        return _STANDING[known.standing]
    version, successor = known.version + 1, next_version(known.identifier)
    return _failed(
        "state",
        f"这一版已由第 {version} 版取代，新版标识为 {successor}。",
        f"It was superseded by version {version}, identifier {successor}.",
    )


def _period_check(found: LicenseOfType, day: date) -> Check:
    period = found.license.period
    if day < period.effective_on:
        start = period.effective_on.isoformat()
        return _failed("period", f"尚未生效，{start} 起有效。", f"Not valid yet: valid from {start}.")
    if period.expires_on is None:
        return _passed("period", "在有效期内（长期有效）。", "Within its period (permanent).")
    end = period.expires_on.isoformat()
    if day > period.expires_on:
        return _failed("period", f"已过有效期，{end} 止。", f"Expired: it was valid until {end}.")
    return _passed("period", f"在有效期内，至 {end}。", f"Within its period, until {end}.")
