"""Pages on which licences are verified."""

from functools import partial

from pingshan_kit.auth import actor, protect
from pingshan_kit.sheets import MEDIA_TYPES, SheetUnreadable
from pingshan_ui import render
from pingshan_ui.environment import Said, language
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER, VERIFIER
from pingshan_e_license.domain.errors import VerificationUnanswered
from pingshan_e_license.domain.verification.typed_identifier import as_typed
from pingshan_e_license.entrypoints.shared import FIXABLE, Errors, errors_of, filled_of
from pingshan_e_license.entrypoints.verification.shared import RETRY_SECONDS, wrong_identifier
from pingshan_e_license.entrypoints.views import LicenseView, big_answer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_e_license.usecases.verification.verify_sheet import VerifiedSheet, VerifySheet, verify_sheet

_FIELDS = {"identifiers": "sheet"}
"""The input of the page to which a violation belongs."""


class VerificationPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/verify", protect(self.verify, VERIFIER, ISSUER), methods=["GET", "POST"]),
            Route("/verify/batch", protect(self.batch, VERIFIER, ISSUER), methods=["GET", "POST"]),
        ]

    async def verify(self, request: Request) -> Response:
        """Verifies what was typed or scanned; whatever is refused comes back as it was meant, with its purpose."""
        filled = await filled_of(request)
        identifier = as_typed(filled.get("identifier", ""))
        answer, errors, status = None, [], 200
        if request.method == "POST":
            try:
                command = VerifyLicense(identifier, filled.get("purpose", ""))
                answer = await verify_license(self._deps, actor(request), command)
            except FIXABLE as error:
                errors, status = errors_of(request, error), 422
            except VerificationUnanswered as error:
                errors, status = errors_of(request, error), 503
        found = answer.found if answer else None
        wrong = wrong_identifier(answer, identifier) if answer else None
        return render(
            request,
            "verification/verify.html",
            status_code=status,
            headers={"Retry-After": RETRY_SECONDS} if status == 503 else None,
            answer=answer,
            big=big_answer(answer) if answer else None,
            view=LicenseView(found, partial(language, request)) if found else None,
            filled={**filled, "identifier": identifier},
            errors=errors,
            wrong=wrong,
            error_of={"identifier": Said(request, wrong.sentence.in_language)} if wrong else dict(errors),
        )

    async def batch(self, request: Request) -> Response:
        """Takes a sheet, and answers with the same sheet and its results; what is wrong with it stands in the form."""
        form = await request.form() if request.method == "POST" else FormData()
        purpose, sheet = str(form.get("purpose") or ""), form.get("sheet")
        errors: Errors = []
        status = 200
        if request.method == "POST":
            try:
                content = await sheet.read() if isinstance(sheet, UploadFile) else b""
                command = VerifySheet(content, purpose, language(request))
                return _download(await verify_sheet(self._deps, actor(request), command))
            except SheetUnreadable as error:
                errors, status = [("sheet", Said(request, error.sentence.in_language))], 422
            except FIXABLE as error:
                errors, status = [(_FIELDS.get(str(name), name), said) for name, said in errors_of(request, error)], 422
            except VerificationUnanswered as error:
                errors, status = errors_of(request, error), 503
        return render(
            request,
            "verification/batch.html",
            status_code=status,
            headers={"Retry-After": RETRY_SECONDS} if status == 503 else None,
            filled={"purpose": purpose},
            errors=errors,
            error_of=dict(errors),
        )


def _download(sheet: VerifiedSheet) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="verified.{sheet.kind}"'}
    return Response(sheet.content, headers=headers, media_type=MEDIA_TYPES[sheet.kind])
