"""Exports staff as a sheet, for the system administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingshan_kit import audit_log, clock
from pingshan_kit.fair import in_turns
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.domain.people.staff_filter import StaffFilter
from pingshan_identity.store.people import staff
from pingshan_identity.store.people.staff import StaffRow
from pingshan_identity.usecases.dependencies import Dependencies

MOST_PEOPLE = 20_000
_HEADS = ("登录名", "姓名", "单位代码", "单位", "科室", "手机号码", "入职日期", "离职日期", "状态")


@dataclass(frozen=True, slots=True)
class ExportPeople:
    wanted: StaffFilter


async def export_people(deps: Dependencies, actor: Actor, command: ExportPeople) -> list[Sequence[str]]:
    """Returns the heads and at most 20,000 rows, and records the export. Raises AdministratorRequired."""
    check_may_administer(actor, AdministrativeAct.EXPORT_PEOPLE)
    wanted = command.wanted
    async with deps.database.begin() as tx:
        rows = await staff.every(tx, deps.personal, today=clock.today(), wanted=wanted, limit=MOST_PEOPLE)
        details = {"rows": len(rows), "organisation": wanted.organisation, "post": wanted.post}
        await audit_log.append(tx, actor=actor, act=Act.PEOPLE_EXPORTED, subject="people", details=details)
    return [_HEADS, *await in_turns(_cells(row) for row in rows)]


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
