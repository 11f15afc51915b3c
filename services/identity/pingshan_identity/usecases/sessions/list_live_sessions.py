"""Lists who is signed in, for the security administrator and the auditor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pingshan_kit import clock
from pingshan_kit.paging import PAGE_SIZE
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.sessions.session_filter import SessionFilter
from pingshan_identity.store.clients import administered_clients
from pingshan_identity.store.oauth import grants
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.sessions import live_sessions
from pingshan_identity.store.sessions.live_sessions import LiveSession
from pingshan_identity.usecases.dependencies import Dependencies


@dataclass(frozen=True, slots=True)
class LivePage:
    rows: Sequence[LiveSession]
    systems: Mapping[str, Sequence[tuple[str, str]]]
    """Chinese and English names of the systems opened with each session, by its id."""
    after: str | None
    """Value of `after` for the next page; None on the last one."""
    organisations: Sequence[tuple[str, str, str]]
    clients: Sequence[tuple[str, str, str]]
    """Id, Chinese and English name of each client."""


async def list_live_sessions(deps: Dependencies, actor: Actor, *, wanted: SessionFilter, after: str = "") -> LivePage:
    """Returns a page of live sessions, the latest sign-in first.

    Raises:
        AdministratorRequired.
    """
    check_may_administer(actor, AdministrativeAct.LIST_LIVE_SESSIONS)
    async with deps.database.read() as tx:
        found = await live_sessions.page(
            tx, deps.personal, wanted=wanted, now=clock.now(), after=after, limit=PAGE_SIZE + 1
        )
        rows = found[:PAGE_SIZE]
        systems = await grants.systems_of_sessions(tx, [row.session.session_id for row in rows])
        named = [(each.code, each.name_zh, each.name_en) for each in await organisations.page(tx, after="", limit=500)]
        clients = [
            (each.values["client_id"], each.values["name_zh"], each.values["name_en"])
            for each in await administered_clients.page(tx, search="", after="", limit=500)
        ]
    return LivePage(
        rows=rows,
        systems=systems,
        after=rows[-1].session.session_id if len(found) > PAGE_SIZE else None,
        organisations=named,
        clients=clients,
    )
