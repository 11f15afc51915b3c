"""A part of the record as a sheet, for the auditor; that is recorded, too."""

import json
from collections.abc import Sequence

from pingshan_kit import audit_log
from pingshan_kit.storage.database import Database
from pingshan_values.actor import Actor
from pingshan_values.shanghai import SHANGHAI

from pingshan_identity.domain.access import AUDITOR, require_role
from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.store.audit import audit

MOST = 20_000
"""Rows of one export; the latest are taken."""
HEADS = ("编号", "时间", "谁", "事项", "对象", "详情", "求助代码")


async def export_records(actor: Actor, database: Database, *, search: AuditSearch) -> list[Sequence[str]]:
    """Heads and rows. Raises AdministratorRequired."""
    require_role(actor, AUDITOR)
    async with database.begin() as tx:
        rows = await audit.find(tx, search, before=None, limit=MOST)
        details = {"rows": len(rows), "act": search.act, "system": search.system, "refused_only": search.refused_only}
        await audit_log.append(tx, actor=actor, act=Act.RECORDS_EXPORTED, subject="records", details=details)
    return [
        HEADS,
        *(
            (
                str(row.record_id),
                row.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                row.actor,
                row.act,
                row.subject,
                json.dumps(row.details, ensure_ascii=False),
                row.trace_id,
            )
            for row in rows
        ),
    ]
