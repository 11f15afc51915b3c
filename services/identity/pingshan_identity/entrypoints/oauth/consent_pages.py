"""Pages of consents to third parties: the question, and the list under the account."""

from urllib.parse import urlencode

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.sign_in.continuation import AUTHORIZE
from pingshan_identity.entrypoints.sessions.own_sessions import let_follow, own_page, session_cookies
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.oauth.give_consent import GiveConsent, give_consent
from pingshan_identity.usecases.oauth.list_consents import list_consents
from pingshan_identity.usecases.oauth.read_consent_question import read_consent_question
from pingshan_identity.usecases.oauth.refuse_consent import RefuseConsent, refuse_consent
from pingshan_identity.usecases.oauth.withdraw_consent import WithdrawConsent, withdraw_consent


class ConsentPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/consent", self._question, methods=["GET"]),
            Route("/consent", self._answer, methods=["POST"]),
            Route("/account/consents", own_page(self._list)),
            Route("/account/consents/withdraw", own_page(self._withdraw), methods=["POST"]),
        ]

    async def _question(self, request: Request) -> Response:
        question = await read_consent_question(self._deps, **_named(request), cookies=session_cookies(request))
        response = render(request, "consent.html", question=question)
        let_follow(request, response, question.origin)
        return response

    async def _answer(self, request: Request) -> Response:
        named, cookies = _named(request), session_cookies(request)
        if (await request.form()).get("decision") == "allow":
            await give_consent(self._deps, GiveConsent(**named, cookies=cookies))
            return RedirectResponse(f"{AUTHORIZE}?{urlencode(named)}", 303)
        refused = await refuse_consent(self._deps, RefuseConsent(**named, cookies=cookies))
        return RedirectResponse(refused.location, 303)

    async def _list(self, request: Request) -> Response:
        consents = await list_consents(self._deps, actor(request))
        return render(request, "consents.html", consents=consents)

    async def _withdraw(self, request: Request) -> Response:
        client_id = str((await request.form()).get("client_id", ""))[:100]
        await withdraw_consent(self._deps, actor(request), WithdrawConsent(client_id))
        return RedirectResponse("/account/consents", 303)


def _named(request: Request) -> dict[str, str]:
    """Returns the names of the question: the client, and the request that waits."""
    query = request.query_params
    return {"client_id": query.get("client_id", "")[:100], "request_uri": query.get("request_uri", "")[:200]}
