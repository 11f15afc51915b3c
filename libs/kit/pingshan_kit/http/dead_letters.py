"""The console page /dead-letters: messages and jobs that failed, and a person's decision on each."""

from functools import partial
from typing import Any
from uuid import UUID

from pingshan_values.text import is_text
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_kit.auth.guard import actor, protect
from pingshan_kit.events.dead_letters import LONGEST_REASON, DeadLetter, RetryFailedError
from pingshan_kit.paging import PAGE_SIZE
from pingshan_kit.site import site_of

ROLE = "operator"
_NOTICES = frozenset({"retried", "discarded", "failed-again"})


def routes() -> list[BaseRoute]:
    return [
        Route("/dead-letters", protect(show, ROLE)),
        Route("/dead-letters/{letter_id:uuid}/retry", protect(retry, ROLE), methods=["POST"]),
        Route("/dead-letters/{letter_id:uuid}/discard", protect(discard, ROLE), methods=["POST"]),
    ]


async def show(request: Request) -> Response:
    return await _shown(request)


async def _shown(request: Request, *, refused: DeadLetter | None = None, reason: str = "") -> Response:
    """Shows the letters; `refused` is the one whose form comes back with the `reason` as it was typed."""
    letters = site_of(request).dead_letters
    total = await letters.count()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(_page(request), pages)
    shown = await letters.open_letters(limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if refused and refused.id not in {letter.id for letter in shown}:  # newer ones have pushed it off this page
        shown = [refused, *shown]
    context = {
        "letters": shown,
        "total": total,
        "page": page,
        "pages": pages,
        "notice": next((name for name in [request.query_params.get("notice")] if name in _NOTICES), None),
        "failure": request.query_params.get("code", "")[:100],
        "refused": refused.id if refused else None,
        "reason": reason,
    }
    templates = site_of(request).templates
    rendered = partial(templates.get_template("ui/dead_letters.html").render, request=request, **context)
    in_both_languages: Any = templates.globals["in_both_languages"]
    return HTMLResponse(in_both_languages(request, rendered), 422 if refused else 200)


async def retry(request: Request) -> Response:
    """Runs a dead letter's handler again. Raises NotFound where somebody else has decided in the meantime."""
    try:
        await site_of(request).dead_letters.retry(actor(request), _letter_id(request))
    except RetryFailedError as error:
        return _back(f"failed-again&code={error.code}")
    return _back("retried")


async def discard(request: Request) -> Response:
    """Gives a dead letter up, with a reason. Raises NotFound where somebody else has decided in the meantime."""
    letters, letter_id = site_of(request).dead_letters, _letter_id(request)
    reason = str((await request.form()).get("reason", ""))
    if not is_text(reason, LONGEST_REASON):
        return await _shown(request, refused=await letters.find(letter_id), reason=reason)
    await letters.discard(actor(request), letter_id, reason)
    return _back("discarded")


def _letter_id(request: Request) -> UUID:
    letter_id: UUID = request.path_params["letter_id"]
    return letter_id


def _page(request: Request) -> int:
    wanted = request.query_params.get("page", "1")
    return max(1, int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 7 else 1


def _back(notice: str) -> Response:
    return RedirectResponse(f"/dead-letters?notice={notice}", 303)
