"""Says in words what was wrong with the rows of a bulk issue, and gives them back to mend and send again."""

import json
from collections.abc import Sequence

from pingshan_kit.errors import merged, refusal
from pingshan_values import strict_json
from pingshan_values.errors import Violation

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.issuing.bulk_issue import FAULTS_HEAD, FAULTS_MEMBER, BulkIssue, RefusedRow, heads_of
from pingshan_e_license.entrypoints.errors import ERRORS

_BETWEEN = {"en": "; "}


def faults_of(row: RefusedRow) -> Sequence[Violation]:
    """Returns what was wrong with the row; the path is empty where the fault is none of a field."""
    refused = refusal(row.error, merged(ERRORS))
    return refused.violations or (Violation("", refused.sentence("zh"), refused.sentence("en")),)


def faults(row: RefusedRow, license_type: LicenseType, language: str) -> str:
    """Returns what was wrong with the row, each fault behind the head of its column."""
    heads = {each.name: each.zh for each in heads_of(license_type)}
    said = [(heads.get(_column(each.path), each.path), each.sentence.in_language(language)) for each in faults_of(row)]
    colon = ": " if language == "en" else "："
    return _BETWEEN.get(language, "").join(f"{head}{colon}{sentence}" if head else sentence for head, sentence in said)


def refused_sheet(
    found: BulkIssue, license_type: LicenseType, rows: Sequence[RefusedRow], language: str
) -> list[list[str]]:
    """Returns the heads and the refused rows as they came, with one more column that says what was wrong."""
    known = (FAULTS_HEAD.zh, FAULTS_HEAD.en)
    kept = [number for number, head in enumerate(found.heads) if head.strip() not in known]
    heads = [found.heads[number] for number in kept]
    body = [[row.cells[number] if number < len(row.cells) else "" for number in kept] for row in rows]
    said = [faults(row, license_type, language) for row in rows]
    sheet = [[*cells, text] for cells, text in zip(body, said, strict=True)]
    return [[*heads, FAULTS_HEAD.in_language(language)], *sheet]


def refused_lines(license_type: LicenseType, rows: Sequence[RefusedRow], language: str) -> str:
    """Returns the refused objects of JSON Lines with one more member, FAULTS_MEMBER, which is ignored when they come
    again; a line that is no object becomes one, with its text."""
    return "".join(f"{_refused_line(row, faults(row, license_type, language))}\n" for row in rows)


def _refused_line(row: RefusedRow, said: str) -> str:
    try:
        given = strict_json.loads(row.cells[0])
    except ValueError:
        given = None
    known = given if isinstance(given, dict) else {"text": row.cells[0]}
    return json.dumps(known | {FAULTS_MEMBER: said}, ensure_ascii=False)


def _column(path: str) -> str:
    """Returns the column of a violation's path: all items of a list share one."""
    return ".".join(path.split(".")[:2])
