"""Searches the record of sign-ins, refusals and administrators' acts, for the auditor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AUDITOR, require_role
from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.store.audit import audit
from pingshan_identity.store.audit.audit import AuditRow, ChainState
from pingshan_identity.usecases.dependencies import Dependencies

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class AuditPage:
    rows: Sequence[AuditRow]
    before: int | None
    """Value of `before` for the next page; None on the last one."""
    chain: ChainState
    acts: Sequence[str]
    names: Mapping[str, str]
    """Login names of staff by `person:<id>`."""


async def search_records(deps: Dependencies, actor: Actor, *, search: AuditSearch, before: int | None) -> AuditPage:
    """Returns a page of records that the filter admits, the latest first. Raises AdministratorRequired."""
    require_role(actor, AUDITOR)
    async with deps.database.read() as tx:
        rows = await audit.find(tx, search, before=before, limit=PAGE_SIZE + 1)
        chain = await audit.chain_state(tx)
        acts = await audit.acts(tx)
        names = await audit.login_names(tx, rows)
    more = len(rows) > PAGE_SIZE
    return AuditPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].record_id if more else None, chain, acts, names)
