"""Rules of what must be true before data is shared, or consent to it is asked for."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE, Text, is_line

from pingshan_e_license.domain.errors import OverAsked, RequestInvalid
from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.item import Predicate, SharingItem

LONGEST_PURPOSE = 200
MOST_USES = 20
LONGEST_CONSENT = timedelta(days=366)
_LONGEST_VALUE = 200
_MOST_QUESTIONS = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EXCESS = {
    "type": Text("证照类型", "licence type"),
    "field": Text("字段", "field"),
    "predicate": Text("判断", "predicate"),
    "requester": Text("请求单位", "requester"),
}
_NAME = re.compile(r"[a-z0-9_:<>-]{1,60}")


def check_within(item: SharingItem, asked: Asked) -> None:
    """Raises OverAsked for the first type, field or predicate that the item does not have."""
    for excess, names, allowed in (
        ("type", asked.license_types, item.license_types),
        ("field", asked.fields, item.fields),
        ("predicate", asked.predicates, tuple(item.predicates)),
    ):
        beyond = [name for name in names if name not in allowed]
        if beyond:
            raise over_asked(item, excess, beyond[0])


def over_asked(item: SharingItem, excess: str, name: str) -> OverAsked:
    """Returns the refusal of a type, field, predicate or requester that the item does not have."""
    words = _EXCESS[excess]
    return OverAsked(item=item.code, excess=excess, excess_zh=words.zh, excess_en=words.en, name=_speakable(name))


def check_asked(item: SharingItem, asked: Asked) -> None:
    """Raises RequestInvalid unless something is asked, nothing twice, and each parameter has a right value."""
    violations = [*_shape(asked)]
    for number, question in enumerate(asked.questions):
        predicate = item.predicates[question.predicate]
        if asked.license_types and predicate.license_type not in asked.license_types:
            violations.append(_not_of_types(f"predicates.{number}"))
        violations += _parameter_violations(f"predicates.{number}.parameters", predicate, question)
    if violations:
        raise RequestInvalid(violations)


def check_purpose(purpose: str) -> None:
    """Raises RequestInvalid unless the purpose is a line of 1 to 200 characters: a case id or a reason."""
    if not is_line(purpose, LONGEST_PURPOSE):
        zh = f"请填写办件编号或用途，最多 {LONGEST_PURPOSE} 字的{ONE_LINE.zh}。"
        en = f"Give the case id or the reason, in 1 to {LONGEST_PURPOSE} characters, {ONE_LINE.en}."
        raise RequestInvalid([Violation("purpose", zh, en)])


def check_consent_terms(item: SharingItem, asked: Asked, uses: int, expires_on: date, today: date) -> None:
    """Raises RequestInvalid unless the item needs consent, and it is asked for 1 to 20 uses and at most 366 days."""
    violations = [*_shape(asked)]
    if not item.needs_consent:
        violations.append(
            Violation("item", "这个共享事项依职能办理，不需要授权。", "This item rests on a duty and needs no consent.")
        )
    if not 1 <= uses <= MOST_USES:
        zh, en = f"使用次数应为 1 至 {MOST_USES}。", f"The number of uses is 1 to {MOST_USES}."
        violations.append(Violation("uses", zh, en))
    if not today <= expires_on <= today + LONGEST_CONSENT:
        days = LONGEST_CONSENT.days
        zh, en = f"截止日期应在今天起 {days} 天以内。", f"It ends today or within the next {days} days."
        violations.append(Violation("expires_on", zh, en))
    if violations:
        raise RequestInvalid(violations)


def _shape(asked: Asked) -> Sequence[Violation]:
    if not asked.fields and not asked.questions:
        return [Violation("fields", "请至少请求一个字段或一个判断。", "Ask for one field or predicate at least.")]
    if len(asked.questions) > _MOST_QUESTIONS:
        return [Violation("predicates", "一次最多请求 20 个判断。", "Ask 20 predicates at most.")]
    names = (asked.license_types, asked.fields, asked.predicates)
    if any(len(set(each)) < len(each) for each in names):
        return [Violation("fields", "同一字段、判断或证照类型只能请求一次。", "Ask for nothing twice.")]
    return []


def _parameter_violations(path: str, predicate: Predicate, question: Question) -> list[Violation]:
    wanted, given = predicate.parameters, question.parameters
    violations = [
        Violation(f"{path}.{_speakable(name)}", "没有这个参数。", "There is no such parameter.")
        for name in given
        if name not in wanted
    ]
    for name, kind in wanted.items():
        if name not in given:
            violations.append(Violation(f"{path}.{name}", "缺少这个参数。", "This parameter is missing."))
        elif isinstance(kind, list):
            if given[name] not in kind:
                choices = ", ".join(kind)
                violations.append(Violation(f"{path}.{name}", f"只能是 {choices}。", f"It must be one of {choices}."))
        elif kind == "date" and not _is_day(given[name]):
            zh, en = "日期格式不正确，例如 2026-11-22。", "This is not a date such as 2026-11-22."
            violations.append(Violation(f"{path}.{name}", zh, en))
        elif not is_line(given[name], _LONGEST_VALUE):
            zh = f"应为最多 {_LONGEST_VALUE} 字的{ONE_LINE.zh}。"
            en = f"It has 1 to {_LONGEST_VALUE} characters, {ONE_LINE.en}."
            violations.append(Violation(f"{path}.{name}", zh, en))
    return violations


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _not_of_types(path: str) -> Violation:
    return Violation(path, "这个判断不属于所请求的证照类型。", "The predicate is of another type than those asked for.")


def _speakable(name: str) -> str:
    """Returns a name as the catalogue writes them, `?` for any other text: it may hold personal data."""
    return name if _NAME.fullmatch(name) else "?"
