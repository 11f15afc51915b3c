"""What pages of all topics share: reading a form, and showing what is wrong with it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from pingshan_kit.auth import actor
from pingshan_kit.errors import InvalidRequest, NotFound, merged, refusal
from pingshan_kit.paging import Page
from pingshan_ui.environment import Said, language
from pingshan_values.errors import DomainError, Invalid
from starlette.requests import Request

from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import PrerequisiteMissing, SerialTaken
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.entrypoints.errors import ERRORS
from pingshan_e_license.entrypoints.inputs import uuid_of
from pingshan_e_license.entrypoints.views import LicenseView
from pingshan_e_license.usecases.catalogue.list_license_types import list_license_types
from pingshan_e_license.usecases.dependencies import Dependencies

_ALL_TYPES = 200
FIXABLE = (Invalid, InvalidRequest, SerialTaken, PrerequisiteMissing)
"""Refusals that the form shows, as a person can put them right there; all others get a page of their own."""

Errors = list[tuple[str | None, Said]]


async def filled_of(request: Request) -> dict[str, str]:
    """Returns the texts of a POST's form, or of the query for any other method."""
    source: Mapping[str, Any] = await request.form() if request.method == "POST" else request.query_params
    return {name: value for name, value in source.items() if isinstance(value, str)}


def views(request: Request, page: Page[LicenseOfType]) -> Page[LicenseView]:
    return Page(tuple(LicenseView(each, partial(language, request)) for each in page.items), page.next_page_token)


def license_id_of(request: Request) -> UUID:
    try:
        return UUID(request.path_params["license_id"])
    except ValueError as error:
        raise NotFound from error


def request_id_of(filled: Mapping[str, str]) -> UUID:
    return uuid_of(filled.get("request_id", ""), "request_id")


def errors_of(request: Request, error: DomainError) -> Errors:
    """Returns field and sentence of each violation, or the refusal's own sentence where it has none."""
    refused = refusal(error, merged(ERRORS))
    if refused.violations:
        return [(field_of_path(each.path), Said(request, each.sentence.in_language)) for each in refused.violations]
    field = "serial_number" if isinstance(error, SerialTaken) else None
    return [(field, Said(request, refused.sentence))]


def field_of_path(path: str) -> str:
    """Returns the input to which a violation's path belongs: all items of a list share one textarea."""
    parts = path.split(".")
    return ".".join(parts[:2]) if parts[0] == "attributes" else parts[0]


async def own_types(deps: Dependencies, request: Request) -> Sequence[LicenseType]:
    """Returns the types of the agency of who is signed in."""
    agency = actor(request).organisation or ""
    return (await list_license_types(deps, agency=agency, page_size=_ALL_TYPES)).items
