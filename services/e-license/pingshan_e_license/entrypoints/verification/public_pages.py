"""The page on which anybody verifies a licence without a sign-in; the QR code of a licence leads to it."""

from functools import partial

from pingshan_ui import render
from pingshan_ui.environment import Said, language
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.errors import PublicVerificationsUsedUp, VerificationUnanswered
from pingshan_e_license.domain.verification.typed_identifier import as_typed
from pingshan_e_license.entrypoints.shared import errors_of, filled_of
from pingshan_e_license.entrypoints.verification.shared import RETRY_SECONDS, address_of, wrong_identifier
from pingshan_e_license.entrypoints.views import LicenseView, big_answer
from pingshan_e_license.usecases.catalogue.list_agencies import list_agencies
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_publicly import VerifyPublicly, verify_publicly


class PublicVerificationPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [Route("/public/verify", self.verify, methods=["GET", "POST"])]

    async def verify(self, request: Request) -> Response:
        """Answers the identifier of the form, or of the address that a camera read; without one it is the form."""
        filled = await filled_of(request)
        identifier = as_typed(filled.get("identifier", ""))
        answer, errors, status = None, [], 200
        headers: dict[str, str] = {}
        if identifier or request.method == "POST":
            try:
                command = VerifyPublicly(identifier, address_of(request))
                answer = await verify_publicly(self._deps, command)
            except (PublicVerificationsUsedUp, VerificationUnanswered) as error:
                errors = errors_of(request, error)
                status = 429 if isinstance(error, PublicVerificationsUsedUp) else 503
                headers = {"Retry-After": str(error.params.get("retry_after", RETRY_SECONDS))}
        found = answer.found if answer else None
        wrong = wrong_identifier(answer, identifier) if answer else None
        return render(
            request,
            "verification/public.html",
            status_code=status,
            headers=headers,
            answer=answer,
            big=big_answer(answer) if answer else None,
            view=LicenseView(found, partial(language, request)) if found else None,
            agency=(await list_agencies(self._deps)).get(found.license.agency) if found else None,
            filled={"identifier": identifier},
            errors=errors,
            wrong=wrong,
            error_of={"identifier": Said(request, wrong.sentence.in_language)} if wrong else {},
        )
