"""Exports a part of the record as a sheet, for the auditor."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pingshan_kit import audit_log
from pingshan_kit.fair import in_turns
from pingshan_values.actor import Actor
from pingshan_values.shanghai import SHANGHAI

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.audit import audit
from pingshan_identity.store.audit.audit import AuditRow
from pingshan_identity.usecases import sheets
from pingshan_identity.usecases.audit.shared import RecordedNames, recorded_names
from pingshan_identity.usecases.dependencies import Dependencies

HEADS = ("编号", "时间", "谁", "事项", "对象", "详情", "求助代码")


@dataclass(frozen=True, slots=True)
class ExportRecords:
    search: AuditSearch


async def export_records(deps: Dependencies, actor: Actor, command: ExportRecords) -> list[Sequence[str]]:
    """Returns the heads and at most `MOST_ROWS` rows, the latest first, and records the export; a last row says where
    there are more.

    Raises AdministratorRequired.
    """
    check_may_administer(actor, AdministrativeAct.EXPORT_RECORDS)
    search = command.search
    async with deps.database.begin() as tx:
        rows = await audit.every(tx, search, limit=sheets.MOST_ROWS + 1)
        names = await recorded_names(tx)
        complete = len(rows) <= sheets.MOST_ROWS
        details: dict[str, Any] = {"rows": min(len(rows), sheets.MOST_ROWS), "complete": complete}
        details |= {"act": search.act, "system": search.system, "refused_only": search.refused_only}
        await audit_log.append(tx, actor=actor, act=Act.RECORDS_EXPORTED, subject="records", details=details)
    cells = await in_turns(_cells(row, names) for row in rows)
    return sheets.with_what_is_left_out(cells, most=sheets.MOST_ROWS, heads=HEADS)


def _cells(row: AuditRow, names: RecordedNames) -> Sequence[str]:
    return (
        str(row.record_id),
        row.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        row.actor,
        row.act,
        names.subject(row.subject),
        json.dumps(names.details(row.details), ensure_ascii=False),
        row.trace_id,
    )
