"""Pages that show and give out a licence's renditions, and one that takes a file to verify."""

from functools import partial

from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import NotFound
from pingshan_ui import render
from pingshan_ui.environment import language
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER, VERIFIER
from pingshan_e_license.domain.errors import FileTooLarge, FileUnreadable, VerificationUnanswered
from pingshan_e_license.domain.renditions.face import Format, check_confirmed
from pingshan_e_license.domain.renditions.uploads import MOST_BYTES
from pingshan_e_license.entrypoints.renditions.files import UPLOADS, rendition_answer
from pingshan_e_license.entrypoints.shared import FIXABLE, errors_of, license_id_of
from pingshan_e_license.entrypoints.verification.shared import RETRY_SECONDS
from pingshan_e_license.entrypoints.views import LicenseView, big_answer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.get_license import get_license
from pingshan_e_license.usecases.renditions.render_license import RenderLicense, render_license
from pingshan_e_license.usecases.renditions.verify_rendition import VerifyRendition, verify_rendition

_FIXABLE = (*FIXABLE, FileTooLarge, FileUnreadable)


class RenditionPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/licenses/{license_id}/renditions/{format}", protect(self.rendition)),
            Route("/licenses/{license_id}/card", protect(self.card)),
            Route(UPLOADS[0], protect(self.verify_file, VERIFIER, ISSUER), methods=["GET", "POST"]),
        ]

    async def rendition(self, request: Request) -> Response:
        try:
            kind = Format(request.path_params["format"])
        except ValueError as error:
            raise NotFound from error
        return rendition_answer(
            await render_license(self._deps, actor(request), RenderLicense(license_id_of(request), kind))
        )

    async def card(self, request: Request) -> Response:
        """Shows the card (亮证), whose picture is a rendition and so on record."""
        file = await get_license(self._deps, actor(request), license_id=license_id_of(request))
        check_confirmed(file.found)
        view = LicenseView(file.found, partial(language, request))
        return render(request, "renditions/card.html", view=view)

    async def verify_file(self, request: Request) -> Response:
        answer, errors, purpose, status = None, [], "", 200
        if request.method == "POST":
            form = await request.form()
            file, purpose = form.get("file"), str(form.get("purpose", ""))
            content = await file.read() if isinstance(file, UploadFile) else b""
            try:
                answer = await verify_rendition(self._deps, actor(request), VerifyRendition(content, purpose))
            except _FIXABLE as error:
                is_of_file = isinstance(error, FileTooLarge | FileUnreadable)
                errors = [("file" if is_of_file else field, said) for field, said in errors_of(request, error)]
                status = 422
            except VerificationUnanswered as error:
                errors, status = errors_of(request, error), 503
        verification = answer.verification if answer else None
        found = verification.found if verification else None
        return render(
            request,
            "renditions/verify_file.html",
            status_code=status,
            headers={"Retry-After": RETRY_SECONDS} if status == 503 else None,
            answer=answer,
            big=big_answer(verification) if verification else None,
            view=LicenseView(found, partial(language, request)) if found else None,
            purpose=purpose,
            megabytes=MOST_BYTES // 1_048_576,
            errors=errors,
            error_of=dict(errors),
        )
