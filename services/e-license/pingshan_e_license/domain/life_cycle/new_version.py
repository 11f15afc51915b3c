"""Rules of a licence's next version: what may differ from the one before, and for how long it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, is_line

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import NoVersionLeft, PeriodInvalid, RequestInvalid
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.identifier import Identifier, next_version
from pingshan_e_license.domain.license import Act, License
from pingshan_e_license.domain.masking import masked_holder, masked_value
from pingshan_e_license.domain.validity import LONG_TERM

NEEDS_PREREQUISITES = frozenset({Act.RENEW, Act.CHANGE})
"""Acts that want the prerequisites again; a slip's correction and a restoration keep the flags instead."""
_LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """Holds what a new version should say; what is left out stays as it is."""

    holder_name: str = field(default="", repr=False)
    holder_code: str = field(default="", repr=False)
    holder_code_type: str = ""
    attributes: Mapping[str, Any] | None = field(default=None, repr=False)
    """Replaces all attributes but personal ones that it leaves out."""
    effective_on: date | None = None
    expires_on: date | None = None


def check_kind(act: Act) -> None:
    """Raises RequestInvalid unless the act is a renewal, a change or a correction."""
    if act not in {Act.RENEW, Act.CHANGE, Act.CORRECT}:
        zh, en = "新版须说明是延续、变更还是更正。", "A new version is a renewal, a change or a correction."
        raise RequestInvalid([Violation("act", zh, en)])


def wished_holder(act: Act, before: License, wish: Wish) -> Holder:
    """Returns the holder of the next version; a masked name or code stands for the one that it hides.

    Raises RequestInvalid where a renewal or change names another holder.
    """
    shown = masked_holder(before.holder)
    name, code = wish.holder_name.strip(), wish.holder_code.strip()
    holder = Holder(
        before.holder.name if name in {"", shown.name} else name,
        before.holder.code if code in {"", shown.code} else code,
        wish.holder_code_type or before.holder.code_type,
    )
    is_other = (holder.code, holder.code_type) != (before.holder.code, before.holder.code_type)
    if is_other and act is not Act.CORRECT:
        zh, en = "延续和变更不能换持证主体；换人须重新颁发。", "Another holder needs a licence of its own."
        raise RequestInvalid([Violation("holder_code", zh, en)])
    return holder


def wished_attributes(license_type: LicenseType, before: License, wish: Wish) -> Mapping[str, Any]:
    """Returns the attributes of the next version; a masked personal value stands for the one that it hides."""
    if wish.attributes is None:
        return before.attributes
    kept = {name: value for name, value in before.attributes.items() if name in license_type.personal_attributes}
    masked = {name: masked_value(value) for name, value in kept.items()}
    given = {name: value for name, value in wish.attributes.items() if name not in masked or value != masked[name]}
    return kept | given


def wished_dates(act: Act, before: License, wish: Wish, today: date) -> tuple[date | None, date | None]:
    """Returns first and last day as `period_by_rule` takes them; a renewal has a new period, by the type's rule.

    A change keeps the last day, a correction both days unless it names others. Raises PeriodInvalid where a renewal or
    change begins after today, when the holder would be left without a valid version until then, or before the version
    that it replaces, and where a change has another last day.
    """
    ends = before.period.expires_on or LONG_TERM
    if act is Act.CORRECT:
        return wish.effective_on or before.period.effective_on, wish.expires_on or ends
    first = wish.effective_on or today
    if not before.period.effective_on <= first <= today:
        zh = f"新版须在 {before.period.effective_on.isoformat()} 至今天之间开始，不填则为今天。"
        en = f"The new version begins between {before.period.effective_on.isoformat()} and today; empty for today."
        raise PeriodInvalid([Violation("effective_on", zh, en)])
    if act is Act.RENEW:
        return first, wish.expires_on
    if wish.expires_on not in {None, ends}:
        zh, en = "变更不改截止日期；要延长请办理延续。", "A change keeps the end date; renew to prolong."
        raise PeriodInvalid([Violation("expires_on", zh, en)])
    return first, ends


def next_identifier(before: License) -> Identifier:
    """Returns the identifier with the next version. Raises NoVersionLeft after version 999."""
    found = next_version(before.identifier)
    if found is None:
        raise NoVersionLeft
    return found


def check_decision_number(text: str) -> None:
    """Raises RequestInvalid unless the number of the decision (文号) is a line of 1 to 100 characters."""
    if not is_line(text, _LONGEST_NUMBER):
        zh = f"请填写复议或裁判文书的文号，最多 {_LONGEST_NUMBER} 字的{ONE_LINE.zh}。"
        en = f"Give the number of the decision, in 1 to {_LONGEST_NUMBER} characters, {ONE_LINE.en}."
        raise RequestInvalid([Violation("decision_number", zh, en)])
