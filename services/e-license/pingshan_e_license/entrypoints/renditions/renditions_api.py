"""REST routes that give out renditions and take files to verify."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from pingshan_e_license.domain.renditions.face import Format
from pingshan_e_license.domain.renditions.uploads import RenditionVerification
from pingshan_e_license.entrypoints.renditions.files import MEDIA_TYPES, rendition_answer
from pingshan_e_license.entrypoints.rest import Caller
from pingshan_e_license.entrypoints.verification.verification_api import (
    CheckDocument,
    VerificationDocument,
    check_documents,
    verification_document,
)
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.renditions.render_license import RenderLicense, render_license
from pingshan_e_license.usecases.renditions.verify_rendition import VerifyRendition, verify_rendition


class RenditionVerificationDocument(BaseModel):
    format: str
    origin: str
    """`rendered_here`, `names_license` or `foreign`."""
    checks: list[CheckDocument]
    verification: VerificationDocument | None
    """The answer for the licence that the file names, as by its identifier."""


def _document(answer: RenditionVerification) -> RenditionVerificationDocument:
    return RenditionVerificationDocument(
        format=answer.kind.value,
        origin=answer.origin.value,
        checks=check_documents(answer.checks),
        verification=verification_document(answer.verification) if answer.verification else None,
    )


def add_renditions(api: APIRouter, deps: Dependencies) -> None:
    content: dict[str, dict[str, object]] = {media_type: {} for media_type in dict.fromkeys(MEDIA_TYPES.values())}

    @api.get(
        "/licenses/{license_id}/renditions/{format}",
        response_class=Response,
        responses={200: {"content": content, "description": "The file"}},
    )
    async def render(license_id: UUID, format: Format, actor: Caller) -> Response:  # noqa: A002 - the name in the path
        return rendition_answer(await render_license(deps, actor, RenderLicense(license_id, format)))

    @api.post("/verifications/rendition")
    async def verify(
        file: Annotated[UploadFile, File()], purpose: Annotated[str, Form()], actor: Caller
    ) -> RenditionVerificationDocument:
        return _document(await verify_rendition(deps, actor, VerifyRendition(await file.read(), purpose)))
