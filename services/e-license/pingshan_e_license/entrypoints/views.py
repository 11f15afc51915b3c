"""Rows of texts by which pages show licences and types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pingshan_kit import clock
from pingshan_values.shanghai import day_of

from pingshan_e_license.domain.catalogue.license_type import Attribute, LicenseType
from pingshan_e_license.domain.holder import CODE_TYPES
from pingshan_e_license.domain.license import FINAL, Act, LicenseOfType, Standing, State
from pingshan_e_license.domain.life_cycle.history import Version
from pingshan_e_license.domain.renditions.face import text_of
from pingshan_e_license.domain.verification.conclusion import (
    Result,
    Verification,
    doubt_of,
    shown_attributes,
    shown_holder,
)

STATES = {
    State.VALID: ("有效", "good"),
    State.SUSPENDED: ("暂停", "warning"),
    State.REVOKED: ("已吊销", "error"),
    State.RESCINDED: ("已撤销", "error"),
    State.CANCELLED: ("已注销", "error"),
    State.LAPSED: ("已失效", "error"),
    State.TRANSFERRED_OUT: ("已迁出", "error"),
    State.SUPERSEDED: ("已由新版取代", "warning"),
    State.EXPIRED: ("已过期", "warning"),
    State.NOT_YET_VALID: ("尚未生效", "warning"),
}
ACTS = {
    Act.ISSUE: "颁发",
    Act.SUSPEND: "暂停",
    Act.RESUME: "恢复",
    Act.REVOKE: "吊销",
    Act.RESCIND: "撤销",
    Act.CANCEL: "注销",
    Act.LAPSE: "宣告失效",
    Act.TRANSFER_OUT: "迁出",
    Act.RENEW: "延续",
    Act.CHANGE: "变更",
    Act.CORRECT: "更正",
    Act.RESTORE: "依决定恢复",
}
ORDERS = {
    Act.SUSPEND: "暂停这张证照",
    Act.RESUME: "恢复这张证照",
    Act.REVOKE: "吊销这张证照",
    Act.RESCIND: "撤销这张证照",
    Act.CANCEL: "注销这张证照",
    Act.LAPSE: "宣告这张证照失效",
    Act.TRANSFER_OUT: "迁出这张证照",
    Act.RENEW: "延续这张证照",
    Act.CHANGE: "变更这张证照",
    Act.CORRECT: "更正这张证照",
    Act.RESTORE: "依复议或法院决定恢复",
}
_ANSWERS = {
    State.VALID: ("good", "真实有效"),
    State.SUSPENDED: ("warning", "证照真实，但暂停使用"),
    State.REVOKED: ("error", "证照真实，但已被吊销"),
    State.RESCINDED: ("error", "证照真实，但已被撤销"),
    State.CANCELLED: ("error", "证照真实，但已注销"),
    State.LAPSED: ("error", "证照真实，但已失效"),
    State.TRANSFERRED_OUT: ("error", "证照真实，但已迁出本区"),
    State.SUPERSEDED: ("warning", "证照真实，但已由新版取代"),
    State.EXPIRED: ("warning", "证照真实，但已过有效期"),
    State.NOT_YET_VALID: ("warning", "证照真实，但尚未生效"),
}


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    personal: bool = False


@dataclass(frozen=True)
class LicenseView:
    """Shows a licence in a language, masked where the use case masked it."""

    found: LicenseOfType
    spoken: Callable[[], str]
    """Returns the language of the page at the time when it is rendered."""

    @property
    def language(self) -> str:
        return self.spoken()

    @property
    def type_name(self) -> str:
        return type_name(self.found.type, self.language)

    @property
    def state(self) -> tuple[str, str]:
        """Returns the message id of today's state and the kind of its tag."""
        if self.found.doubts:
            return "不能确认", "error"
        return STATES[self.found.license.state_on(clock.today())]

    @property
    def doubts(self) -> list[str]:
        """Returns why nothing of the licence is confirmed, a sentence each."""
        return [doubt_of(code).in_language(self.language) for code in self.found.doubts]

    @property
    def holder_name(self) -> str:
        return self.found.license.holder.name

    @property
    def holder_code(self) -> str:
        return self.found.license.holder.code

    @property
    def holder_code_type(self) -> str:
        return CODE_TYPES[self.found.license.holder.code_type].name.in_language(self.language)

    @property
    def attributes(self) -> list[Row]:
        values = self.found.license.attributes
        return [
            self._row(attribute, values[attribute.name])
            for attribute in self.found.type.attributes
            if attribute.name in values
        ]

    @property
    def shows_holder(self) -> bool:
        """Returns whether whoever verifies may see the holder."""
        return shown_holder(self.found) is not None

    @property
    def public_attributes(self) -> list[Row]:
        """Returns the public attributes unmasked: whoever verifies may compare them with the paper."""
        shown = shown_attributes(self.found)
        return [
            Row(attribute_label(attribute, self.language), text_of(shown[attribute.name]))
            for attribute in self.found.type.attributes
            if attribute.name in shown
        ]

    @property
    def hides_something(self) -> bool:
        return self.found.is_masked

    def _row(self, attribute: Attribute, value: Any) -> Row:
        return Row(attribute_label(attribute, self.language), text_of(value), personal=attribute.personal)


def type_name(license_type: LicenseType, language: str) -> str:
    return license_type.name_en if language == "en" else license_type.name_zh


def attribute_label(attribute: Attribute, language: str) -> str:
    return attribute.name.replace("_", " ").capitalize() if language == "en" else attribute.zh


def big_answer(answer: Verification) -> tuple[str, str]:
    """Returns the kind of notice and the message id for a verification."""
    if answer.state is not None:
        return _ANSWERS[answer.state]
    if answer.result is Result.MALFORMED:
        return "error", "标识不正确，无法核验"
    return "warning", "不能确认：请向颁发机构核实"


def timeline(versions: Sequence[Version]) -> list[dict[str, Any]]:
    """Returns the decisions on all versions, the newest first; `title` is a message id.

    That a version was superseded is told by the first decision of the next one.
    """
    told = [
        (version.license, each)
        for version in versions
        for each in version.transitions
        if each.standing is not Standing.SUPERSEDED
    ]
    return [
        {
            "at": each.recorded_at,
            "title": ACTS[each.act],
            "version": licence.version,
            "license_id": licence.license_id,
            "reason": each.reason,
            "legal_basis": each.legal_basis,
            "decision_number": each.decision_number,
            "effective_at": None if day_of(each.effective_at) == day_of(each.recorded_at) else each.effective_at,
            "kind": "wrong" if each.standing in FINAL else "current" if each.standing is Standing.SUSPENDED else "done",
        }
        for licence, each in reversed(told)
    ]
