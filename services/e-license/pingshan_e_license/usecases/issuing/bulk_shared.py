"""What the acts on bulk issues share: who may see one, and what a row of it says."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from pingshan_values.actor import Actor, ActorKind
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_e_license.domain.access import ISSUER, check_may_issue
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import BulkIssueNotFound, LicenseTypeUnknown
from pingshan_e_license.domain.issuing.bulk_issue import (
    BulkFormat,
    BulkIssue,
    columns,
    content_of_cells,
    content_of_json,
)
from pingshan_e_license.domain.issuing.content import LicenseContent
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.store.issuing import bulk_issues

ContentOf = Callable[[Sequence[str]], LicenseContent]


async def own_bulk_issue(
    tx: AsyncConnection, actor: Actor, bulk_issue_id: UUID, *, lock: bool = False
) -> tuple[BulkIssue, LicenseType]:
    """Returns the bulk issue beside its type. Raises BulkIssueNotFound, and what `check_may_issue` raises."""
    found = await bulk_issues.get(tx, bulk_issue_id, lock=lock)
    if found is None:
        raise BulkIssueNotFound
    license_type = await type_of(tx, found.type)
    check_may_issue(actor, license_type, "")
    return found, license_type


async def type_of(tx: AsyncConnection, code: str) -> LicenseType:
    license_type = await license_types.by_code(tx, code)
    if license_type is None:
        raise LicenseTypeUnknown(type=code)
    return license_type


def content_of(found: BulkIssue, license_type: LicenseType) -> ContentOf:
    """Returns what reads a row's content; that raises RequestInvalid."""
    if found.format is BulkFormat.JSON_LINES:
        return lambda cells: content_of_json(license_type, cells[0])
    return partial(content_of_cells, license_type, columns(license_type, found.heads))


def orderer(found: BulkIssue) -> Actor:
    """Returns who ordered the issue, as an issuer of the agency; the right was checked when it was ordered."""
    kind, _, name = (found.started_by or found.uploaded_by).partition(":")
    is_person = kind == ActorKind.PERSON
    return Actor(
        kind=ActorKind(kind),
        person_id=name if is_person else None,
        client_id=None if is_person else name,
        organisation=found.agency,
        roles=frozenset({ISSUER}),
    )
