"""Pages on which licences are verified."""

from functools import partial

from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from pingshan_ui.environment import Said, language
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.access import ISSUER, VERIFIER
from pingshan_e_license.domain.errors import VerificationUnanswered
from pingshan_e_license.domain.verification.typed_identifier import as_typed
from pingshan_e_license.entrypoints.shared import FIXABLE, errors_of, filled_of
from pingshan_e_license.entrypoints.verification.shared import RETRY_SECONDS, wrong_identifier
from pingshan_e_license.entrypoints.views import LicenseView, big_answer
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license


class VerificationPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/verify", protect(self.verify, VERIFIER, ISSUER), methods=["GET", "POST"]),
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
