"""Issues the good rows of a bulk issue, some hundred in a transaction, each once whatever is killed in between."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.fair import in_turns
from pingshan_kit.logging import log
from pingshan_values.actor import Actor
from pingshan_values.errors import DomainError
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import SerialTaken
from pingshan_e_license.domain.issuing.bulk_issue import BulkIssue, BulkState, Outcome, Row, RowState
from pingshan_e_license.domain.issuing.requirements import HeldLicense, check_prerequisites
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.issuing import bulk_issues
from pingshan_e_license.store.life_cycle import licenses
from pingshan_e_license.store.life_cycle.licenses import KnownSerial
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.bulk_shared import ContentOf, content_of, orderer, type_of
from pingshan_e_license.usecases.issuing.order import Checked, Order, check_order, order_of, write_issued

_PIECE = 200
"""Rows of one transaction: about 0.2 s, for which its prerequisites are locked against revocation."""


@dataclass(frozen=True, slots=True)
class RunBulkIssue:
    bulk_issue_id: UUID


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """Holds what the database knows about the rows of a piece."""

    known: Mapping[str, KnownSerial]
    """Licences that have the serial numbers already."""
    required: Mapping[str, LicenseType]
    held: Mapping[bytes, Sequence[HeldLicense]]
    """Prerequisites that holders have, by the keyed hash of the holder's code."""


async def run_bulk_issue(deps: Dependencies, command: RunBulkIssue) -> None:
    """Issues row after row until none is left or it is cancelled."""
    while await issue_some(deps, command.bulk_issue_id):
        pass


async def issue_some(deps: Dependencies, bulk_issue_id: UUID) -> bool:
    """Returns whether there may be more to issue."""
    async with deps.database.begin() as tx:
        found = await bulk_issues.get(tx, bulk_issue_id, lock=True)
        if found is None or found.state is not BulkState.ISSUING:
            return False
        rows = await bulk_issues.rows_in(tx, deps.personal, bulk_issue_id, RowState.GOOD, _PIECE)
        actor = orderer(found)
        if not rows:
            await _end(tx, actor, found)
            return False
        license_type = await type_of(tx, found.type)
        outcomes = await _issue(tx, deps, actor, license_type, content_of(found, license_type), rows)
        await bulk_issues.settle(tx, deps.personal, bulk_issue_id, outcomes)
        issued = sum(each.state is RowState.ISSUED for each in outcomes)
        refused = found.refused + len(outcomes) - issued
        await bulk_issues.change(tx, bulk_issue_id, issued=found.issued + issued, refused=refused)
    return True


async def _end(tx: AsyncConnection, actor: Actor, found: BulkIssue) -> None:
    subject = str(found.bulk_issue_id)
    await bulk_issues.change(tx, found.bulk_issue_id, state=BulkState.ENDED, ended_at=clock.now())
    details = {"type": found.type, "rows": found.rows, "issued": found.issued, "refused": found.refused}
    await audit_log.append(tx, actor=actor, act="bulk_issue.ended", subject=subject, details=details)
    log.info("bulk_issue.ended", bulk_issue_id=subject, issued=found.issued, refused=found.refused)


async def _issue(
    tx: AsyncConnection,
    deps: Dependencies,
    actor: Actor,
    license_type: LicenseType,
    read: ContentOf,
    rows: Sequence[Row],
) -> list[Outcome]:
    """Returns what became of the rows; one whose serial number a row before it has is left for the next piece."""
    orders = {row.line: order_of(deps, actor, read(row.cells), license_type) for row in rows}
    first = {order.content.serial_number: line for line, order in reversed(orders.items())}
    orders = {line: orders[line] for line in sorted(first.values())}
    around = await _surroundings(tx, license_type, list(orders.values()))
    outcomes: list[Outcome] = []
    checked = await in_turns(_checked(orders, around, outcomes))
    issued = await write_issued(tx, deps, actor, [each for _, each in checked])
    outcomes.extend(
        Outcome(line, RowState.ISSUED, each.license.license_id)
        for (line, _), each in zip(checked, issued, strict=True)
        if each is not None
    )
    return outcomes


async def _surroundings(tx: AsyncConnection, license_type: LicenseType, orders: Sequence[Order]) -> _Surroundings:
    required = await license_types.by_codes(tx, license_type.prerequisites)
    return _Surroundings(
        known=await licenses.by_serials(tx, license_type.code, [each.content.serial_number for each in orders]),
        required=required,
        held=await licenses.held_by(tx, {each.holder_index for each in orders}, required),
    )


def _checked(
    orders: Mapping[int, Order], around: _Surroundings, outcomes: list[Outcome]
) -> Iterator[tuple[int, Checked]]:
    """Yields what is to be signed, by line; what is not goes to `outcomes`."""
    today = clock.today()
    for line, order in orders.items():
        known = around.known.get(order.content.serial_number)
        if known is not None and order.led_to(known):
            outcomes.append(Outcome(line, RowState.ISSUED, known.license_id))
            continue
        try:
            period = check_order(order)
            if known is not None:
                raise SerialTaken(serial_number=order.content.serial_number)
            left = check_prerequisites(around.required, around.held.get(order.holder_index, ()), today)
        except DomainError as error:
            outcomes.append(Outcome(line, RowState.REFUSED, error=error))
            continue
        yield line, Checked(order, period, left)
