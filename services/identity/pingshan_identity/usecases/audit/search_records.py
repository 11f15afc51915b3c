"""Searches the record of sign-ins, refusals and administrators' acts, for the auditor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.audit.audit_search import AuditSearch
from pingshan_identity.store.audit import audit
from pingshan_identity.store.audit.audit import AuditRow, ChainState
from pingshan_identity.usecases.audit.shared import RecordedNames, recorded_names
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class AuditPage:
    rows: Sequence[AuditRow]
    before: int | None
    """Value of `before` for the next page; None on the last one."""
    chain: ChainState
    acts: Sequence[str]
    names: Mapping[str, str]
    """Login names of staff by `person:<id>`."""
    recorded: RecordedNames


async def search_records(deps: Dependencies, actor: Actor, *, search: AuditSearch, before: int | None) -> AuditPage:
    """Returns a page of records that the filter admits, the latest first. Raises AdministratorRequired."""
    check_may_administer(actor, AdministrativeAct.SEARCH_RECORDS)
    async with deps.database.read() as tx:
        rows = await audit.find(tx, search, before=before, limit=PAGE_SIZE + 1)
        chain = await audit.chain_state(tx)
        acts = await audit.acts(tx)
        names = await audit.login_names(tx, rows)
        recorded = await recorded_names(tx)
    further = rows[PAGE_SIZE - 1].record_id if len(rows) > PAGE_SIZE else None
    return AuditPage(rows[:PAGE_SIZE], further, chain, acts, names, recorded)
