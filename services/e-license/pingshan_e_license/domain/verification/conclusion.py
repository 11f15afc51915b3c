"""Concludes whether a licence is authentic and what its state is, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, Text, is_line

from pingshan_e_license.domain.errors import RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import CheckVerdict, Identifier, next_version, parse
from pingshan_e_license.domain.issuing.issuer_key import IssuerKey
from pingshan_e_license.domain.license import Decision, License, LicenseOfType, Standing, State, standing_at
from pingshan_e_license.domain.verification.signed_content import SignedContent, contradictions

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
class StoredLicense:
    """Holds a licence as its columns say, beside the decisions on it by number."""

    found: LicenseOfType
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class Evidence:
    """Holds what its credential says, and the key that signed it; None where no signature of ours holds."""

    content: SignedContent | None = None
    key: IssuerKey | None = None


@dataclass(frozen=True)
class Verification:
    result: Result
    state: State | None
    as_of: datetime
    checks: tuple[Check, ...]
    found: LicenseOfType | None
    """None unless the licence was issued here and is kept as it was signed and decided; `shown_holder` and
    `shown_attributes` say what may be shown of it.
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


def examine_stored(stored: StoredLicense, evidence: Evidence, *, at: datetime) -> tuple[Check, ...]:
    """Returns whether what is kept is what the issuer signed, with a key that counted then, and what was decided."""
    if evidence.content is None or evidence.key is None:
        return (_SIGNATURE_WRONG,)
    licence, decisions = stored.found.license, stored.decisions
    signed_at = decisions[0].recorded_at if decisions else None
    key_holds = signed_at is not None and evidence.key.signs_at(signed_at) and evidence.key.is_of(licence.agency)
    as_signed = not contradictions(stored.found, evidence.content) and signed_at == licence.issued_at
    return (
        _SIGNATURE_RIGHT,
        _KEY[key_holds],
        _CONTENT[as_signed],
        _DECISIONS[_as_decided(licence, decisions, at)],
    )


def _as_decided(licence: License, decisions: Sequence[Decision], at: datetime) -> bool:
    """Returns whether the standing is that of the last decision, or of the last that has taken effect."""
    whole = [each.number for each in decisions] == list(range(1, len(decisions) + 1))
    return bool(decisions) and whole and licence.standing in (decisions[-1].standing, standing_at(decisions, at))


def decided(stored: StoredLicense, at: datetime) -> LicenseOfType:
    """Returns the licence with the standing that its decisions give it at that moment."""
    standing = standing_at(stored.decisions, at)
    if stored.found.license.standing is standing:
        return stored.found
    return replace(stored.found, license=replace(stored.found.license, standing=standing))


def conclude(
    examined: Examined, stored: StoredLicense | None, evidence: Evidence, *, day: date, as_of: datetime
) -> Verification:
    """Returns the result with its steps; `stored` is the licence of the identifier, `day` decides its state."""
    if examined.identifier is None:
        return Verification(Result.MALFORMED, None, as_of, examined.checks, None)
    if stored is None:
        return Verification(Result.UNKNOWN, None, as_of, (*examined.checks, _NOT_HERE), None)
    backed = examine_stored(stored, evidence, at=as_of)
    if not all(each.passed for each in backed):
        return Verification(Result.UNKNOWN, None, as_of, (*examined.checks, _HERE, *backed), None)
    found = decided(stored, as_of)
    state = found.license.state_on(day)
    checks = (*examined.checks, _HERE, *backed, _period_check(found, day), _standing_check(found.license))
    if found.license.is_flagged:
        checks = (*checks, _GROUND_GONE)
    result = Result.VALID if state is State.VALID else Result.NOT_VALID
    return Verification(result, state, as_of, checks, found)


def doubt_of(code: str) -> Text:
    """Returns the sentence of a failed check that `LicenseOfType.doubts` names."""
    failed = (_SIGNATURE_WRONG, _KEY[False], _CONTENT[False], _DECISIONS[False])
    return next(each.sentence for each in failed if each.code == code)


def shown_holder(found: LicenseOfType) -> Holder | None:
    """Returns the holder that everybody who verifies may see; None where the holder is a person."""
    holder = found.license.holder
    return None if holder.is_person else holder


def shown_attributes(found: LicenseOfType) -> dict[str, Any]:
    """Returns the attributes that everybody who verifies may see: those that the type makes public."""
    return {name: value for name, value in found.license.attributes.items() if name in found.type.public_fields}


def recorded_subject(examined: Examined, stored: StoredLicense | None) -> str:
    """Returns what the record of a verification names: the licence's id, else the identifier, else an empty string.

    Text that is no identifier is not kept, since somebody may have typed personal data.
    """
    if stored is not None:
        return str(stored.found.license.license_id)
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
_KEY = {
    True: _passed("issuer_key", "签名所用的密钥属于颁发机构，签发时有效。", "The issuer's key counted when it signed."),
    False: _failed(
        "issuer_key",
        "签名所用的密钥在签发时无效，或不属于颁发机构，不能确认；请向颁发机构核实。",
        "The key did not count when it signed, or is not the issuer's, so nothing is confirmed; please ask the issuer.",
    ),
}
_CONTENT = {
    True: _passed("content", "登记的内容与签名的内容一致。", "What is kept is what was signed."),
    False: _failed(
        "content",
        "登记的内容与签名的内容不一致，暂不能确认；请向颁发机构核实并报告本次核验。",
        "What is kept is not what was signed, so nothing is confirmed; please ask the issuer and report this.",
    ),
}
_DECISIONS = {
    True: _passed("decisions", "登记的状态与历次决定一致。", "The state follows from the decisions on record."),
    False: _failed(
        "decisions",
        "登记的状态与历次决定不一致，暂不能确认；请向颁发机构核实并报告本次核验。",
        "The state does not follow from the decisions on record, so nothing is confirmed; please ask the issuer and"
        " report this.",
    ),
}
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
