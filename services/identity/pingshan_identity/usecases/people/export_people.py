"""Exports staff as a sheet, for the system administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pingshan_kit import audit_log, clock
from pingshan_kit.fair import in_turns
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.store.people import staff
from pingshan_identity.store.people.staff import StaffRow
from pingshan_identity.usecases import sheets
from pingshan_identity.usecases.dependencies import Dependencies

_HEADS = ("登录名", "姓名", "单位代码", "单位", "科室", "手机号码", "入职日期", "离职日期", "状态")


@dataclass(frozen=True, slots=True)
class ExportPeople:
    wanted: StaffFilter


async def export_people(deps: Dependencies, actor: Actor, command: ExportPeople) -> list[Sequence[str]]:
    """Returns the heads and at most `MOST_ROWS` rows, and records the export; a last row says where there are more.

    Raises AdministratorRequired.
    """
    check_may_administer(actor, AdministrativeAct.EXPORT_PEOPLE)
    wanted = command.wanted
    async with deps.database.begin() as tx:
        rows = await staff.every(tx, deps.personal, today=clock.today(), wanted=wanted, limit=sheets.MOST_ROWS + 1)
        complete = len(rows) <= sheets.MOST_ROWS
        details: dict[str, Any] = {"rows": min(len(rows), sheets.MOST_ROWS), "complete": complete}
        details |= {"organisation": wanted.organisation, "post": wanted.post}
        await audit_log.append(tx, actor=actor, act=Act.PEOPLE_EXPORTED, subject="people", details=details)
    cells = await in_turns(_cells(row) for row in rows)
    return sheets.with_what_is_left_out(cells, most=sheets.MOST_ROWS, heads=_HEADS)


def _cells(row: StaffRow) -> Sequence[str]:
    return (
        row.login_name,
        row.name,
        row.organisation,
        row.organisation_names[0],
        row.section_name or "",
        row.mobile_number,
        str(row.joined_on or ""),
        str(row.leaves_on or ""),
        "已离职" if row.left_at else "在职",
    )
