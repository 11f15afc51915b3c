"""Many identifiers at once: how many, and where they stand in a sheet."""

from collections.abc import Sequence

from pingshan_values.errors import Violation
from pingshan_values.text import Text

from pingshan_e_license.domain.errors import BatchInvalid
from pingshan_e_license.domain.identifier import parse
from pingshan_e_license.domain.verification.conclusion import Result, Verification
from pingshan_e_license.domain.verification.typed_identifier import as_typed

MOST = 10_000
"""Identifiers in one batch."""
MOST_IN_MESSAGE = 1_000
"""Identifiers in one message of a stream."""
_HEADS = ("电子证照标识", "证照标识", "标识", "identifier", "licence identifier", "license identifier")
RESULTS = {
    Result.VALID: Text("有效", "Valid"),
    Result.NOT_VALID: Text("证照真实，但现在无效", "Authentic, but not valid now"),
    Result.UNKNOWN: Text("不能确认", "Not confirmed"),
    Result.MALFORMED: Text("标识不正确", "The identifier is wrong"),
}
RESULT_HEADS = (
    Text("核验结果", "Result"),
    Text("说明", "Reason"),
    Text("证照", "Licence"),
    Text("有效期止", "Valid until"),
)


def check_batch(identifiers: Sequence[str]) -> None:
    """Raises BatchInvalid unless there are 1 to 10,000 of them."""
    if not 1 <= len(identifiers) <= MOST:
        zh, en = f"一次核验 1 至 {MOST} 个标识。", f"A batch has 1 to {MOST:,} identifiers."
        raise BatchInvalid([Violation("identifiers", zh, en)])


def check_message(identifiers: Sequence[str], *, so_far: int) -> None:
    """Raises BatchInvalid for a message of a stream with none or more than 1,000 identifiers, and beyond 10,000 in all.

    `so_far` counts these too.
    """
    if not 1 <= len(identifiers) <= MOST_IN_MESSAGE or so_far > MOST:
        zh = f"每条消息 1 至 {MOST_IN_MESSAGE} 个标识，一共不超过 {MOST} 个。"
        en = f"A message has 1 to {MOST_IN_MESSAGE:,} identifiers, and a stream {MOST:,} at most."
        raise BatchInvalid([Violation("identifiers", zh, en)])


def column_of(rows: Sequence[Sequence[str]]) -> int:
    """Returns the number of the column that holds identifiers, from 0: by its head, else by what stands below.

    Raises BatchInvalid where there is none.
    """
    heads = [each.strip().lower() for each in rows[0]]
    named = next((heads.index(name) for name in _HEADS if name in heads), None)
    if named is not None:
        return named
    counts = [sum(parse(as_typed(row[number])) is not None for row in rows[1:21]) for number in range(len(heads))]
    if max(counts, default=0) == 0:
        zh = f"没有找到标识这一列：请把列名写成“{_HEADS[0]}”。"
        raise BatchInvalid([Violation("sheet", zh, f"No column of identifiers: please call it “{_HEADS[3]}”.")])
    return counts.index(max(counts))


def result_cells(answer: Verification, language: str) -> list[str]:
    """Returns what a sheet says of one identifier, by `RESULT_HEADS`."""
    failed = [each.sentence.in_language(language) for each in answer.checks if not each.passed]
    found = answer.found
    if found is None:
        return [RESULTS[answer.result].in_language(language), "".join(failed), "", ""]
    name = found.type.name_en if language == "en" else found.type.name_zh
    last = found.license.period.expires_on
    until = Text("长期", "permanent").in_language(language) if last is None else last.isoformat()
    return [RESULTS[answer.result].in_language(language), "".join(failed), name, until]
