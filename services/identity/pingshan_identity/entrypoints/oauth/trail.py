"""The trail of protocol steps of a client under test, which its administrator reads on the page of the test."""

import asyncio
from contextlib import suppress
from urllib.parse import parse_qs

from pingshan_kit.errors import Unavailable
from pingshan_values.errors import DomainError

from pingshan_identity.domain.clients.connection_test import Fault, Step, refused_at
from pingshan_identity.domain.errors import (
    ClientDisabled,
    RedirectUriMismatch,
    RedirectUriMissing,
    RequestUriNotSupported,
)
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.usecases.clients.load_tested_clients import load_tested_clients
from pingshan_identity.usecases.clients.note_step import NoteStep, note_step
from pingshan_identity.usecases.clients.note_wrong_redirect import NoteWrongRedirect, note_wrong_redirect
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.authorization_outcomes import BackToClient, ConsentNeeded, SignInNeeded

_LEARNED_WITHIN = 1.0
"""Seconds until every process writes the trail of a test that another one began."""


async def know_tested_clients(deps: Dependencies) -> None:
    """Loads the clients under test into this process, every second. Never returns."""
    while True:
        with suppress(Unavailable):
            await load_tested_clients(deps)
        await asyncio.sleep(_LEARNED_WITHIN)


async def note(deps: Dependencies, client_id: str | None, step: Step, error: OAuthError | None = None) -> None:
    """Notes a step that went right, or the error that it ended with; does nothing where no test is open."""
    fault, description = (error.code, error.description) if error else (None, None)
    await note_step(deps, NoteStep(client_id, step, fault, description))


async def note_answer(deps: Dependencies, query: str, outcome: BackToClient | SignInNeeded | ConsentNeeded) -> None:
    """Notes an authorization request that was answered with a code, an error, or a page for the person first."""
    client_id = _sent(query, "client_id")
    if client_id is None or client_id not in deps.tested_clients:
        return
    error = outcome.error if isinstance(outcome, BackToClient) else None
    step = Step.AUTHORIZE if error is None else refused_at(error)
    if step is Step.CODE:
        await note(deps, client_id, Step.AUTHORIZE)
    description = outcome.error_description if isinstance(outcome, BackToClient) else None
    await note_step(deps, NoteStep(client_id, step, error, description))
    if isinstance(outcome, BackToClient) and error is None:
        await note(deps, client_id, Step.CODE)


async def note_refusal(deps: Dependencies, query: str, error: DomainError) -> None:
    """Notes an authorization request that was refused on a page of ours."""
    client_id = _sent(query, "client_id")
    if client_id is None or client_id not in deps.tested_clients:
        return
    if isinstance(error, RedirectUriMismatch | RedirectUriMissing):
        await note_wrong_redirect(deps, NoteWrongRedirect(client_id, _sent(query, "redirect_uri")))
        return
    match error:
        case ClientDisabled():
            fault = Fault.DISABLED.value
        case RequestUriNotSupported():
            fault = "request_uri_not_supported"
        case _:
            fault = "invalid_request_uri"
    await note_step(deps, NoteStep(client_id, Step.AUTHORIZE, fault))


def _sent(query: str, name: str) -> str | None:
    return next(iter(parse_qs(query).get(name, ())), None)
