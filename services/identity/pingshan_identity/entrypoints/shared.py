"""Pages that show a refusal where it was asked for, and sheets to download."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pingshan_kit.errors import InvalidRequest, refusal
from pingshan_ui import render
from pingshan_ui.environment import Said
from pingshan_values.errors import DomainError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingshan_identity.domain.errors import ChangeOpen, LoginNameTaken, ReasonRequired, RequestInvalid
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sheets import MEDIA_TYPES, Format, sheet_of

INVALID = (InvalidRequest, RequestInvalid)
"""Errors of a form that cannot be read, and of one whose fields break a rule."""


_FIELDS: Mapping[type[DomainError], str] = {LoginNameTaken: "login_name", ReasonRequired: "reason"}
"""Fields of a form that an error is about."""


async def typed_in(request: Request) -> FormData | None:
    """Returns the form that was sent to a page of forms; None where the page was only opened."""
    return await request.form() if request.method == "POST" else None


def page_with(
    request: Request, template: str, error: DomainError | None, *, form: FormData | None = None, **context: Any
) -> Response:
    """Returns the page, with the sentence of the error as `error` and its HTTP status, or 200 for None.

    `form`: what was sent to the page; where it was refused, the form comes back as it was typed. `open_change` in the
    template is the id of a change that stands in the way, None for none.
    """
    refused = refusal(error, ERRORS) if error is not None else None
    sentence = Said(request, refused.sentence) if refused else None
    faults: dict[str, object] = dict(context.get("errors") or ())
    headers: Mapping[str, str] = {}
    if error is not None and "retry_after" in error.params:
        headers = {"Retry-After": str(error.params["retry_after"])}
    return render(
        request,
        template,
        status_code=refused.http if refused else HTTPStatus.OK,
        headers=headers,
        form=form if refused or faults else None,
        said=faults | {name: sentence for kind, name in _FIELDS.items() if sentence and isinstance(error, kind)},
        error=sentence,
        open_change=error.params.get("change_id") if isinstance(error, ChangeOpen) else None,
        **context,
    )


def sentences(request: Request, refused: InvalidRequest | RequestInvalid) -> list[tuple[str, Said]]:
    """Returns each refused field with its sentence."""
    return [(each.path, Said(request, each.sentence.in_language)) for each in refused.violations]


def sheet_kind(request: Request) -> Format:
    """Returns the format that the address ends in; xlsx for any ending but `csv`."""
    return "csv" if request.path_params["kind"] == "csv" else "xlsx"


async def sheet_download(deps: Dependencies, rows: Sequence[Sequence[str]], kind: Format, name: str) -> Response:
    """Returns the rows as a sheet that the browser saves as `name`.`kind`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(await sheet_of(deps, rows, kind), headers=headers, media_type=MEDIA_TYPES[kind])
