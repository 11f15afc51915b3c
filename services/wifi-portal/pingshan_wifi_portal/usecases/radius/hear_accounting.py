"""Hears Accounting-Requests: each is stored word by word, so that it can be answered; what it means is found later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pingshan_kit.intake import Word

from pingshan_wifi_portal.domain.session import AccountingOnOff, AccountingRequest, refusal
from pingshan_wifi_portal.store import sessions
from pingshan_wifi_portal.usecases.dependencies import Dependencies
from pingshan_wifi_portal.usecases.intake_kinds import ACCOUNTING


@dataclass(frozen=True, slots=True)
class HearAccounting:
    requests: Sequence[tuple[AccountingRequest | AccountingOnOff, str]]
    """Each with its packet, as `record_accounting` gets it."""


async def hear_accounting(deps: Dependencies, command: HearAccounting) -> list[str]:
    """Returns why each request was refused, an empty string where it is stored, in their order.

    Raises Unavailable; then some may be stored, and are harmless when they come again.
    """
    refusals = await _refusals(deps, [request for request, _ in command.requests])
    accepted = [each for each, why in zip(command.requests, refusals, strict=True) if not why]
    await deps.intake.hear_all(ACCOUNTING, [Word(_key(request), packet) for request, packet in accepted])
    return refusals


async def _refusals(deps: Dependencies, requests: Sequence[AccountingRequest | AccountingOnOff]) -> list[str]:
    of_sessions = [request for request in requests if isinstance(request, AccountingRequest)]
    owners: Iterator[str | None] = iter(())
    if of_sessions:
        async with deps.database.read() as tx:
            owners = iter(await sessions.owners(tx, of_sessions))
    return [refusal(next(owners), each) if isinstance(each, AccountingRequest) else "" for each in requests]


def _key(request: AccountingRequest | AccountingOnOff) -> str:
    return str(request.session_id) if isinstance(request, AccountingRequest) else request.controller_id
