"""Pages that show a refusal where it was asked for."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pingshan_kit.errors import InvalidRequest, refusal
from pingshan_ui import render
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import Response

from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.entrypoints.errors import ERRORS

INVALID = (InvalidRequest, RequestInvalid)
"""Errors of a form that cannot be read, and of one whose fields break a rule."""


def page_with(request: Request, template: str, error: DomainError | None, **context: Any) -> Response:
    """Returns the page, with the sentence of the error as `error` and its HTTP status, or 200 for None."""
    refused = refusal(error, ERRORS) if error is not None else None
    headers: Mapping[str, str] = {}
    if error is not None and "retry_after" in error.params:
        headers = {"Retry-After": str(error.params["retry_after"])}
    return render(
        request,
        template,
        status_code=refused.http if refused else HTTPStatus.OK,
        headers=headers,
        error=refused.sentence(request.state.language) if refused else None,
        **context,
    )


def sentences(request: Request, refused: InvalidRequest | RequestInvalid) -> list[tuple[str, str]]:
    """Returns each refused field with its sentence in the reader's language."""
    return [(each.path, each.sentence.in_language(request.state.language)) for each in refused.violations]
