"""Pages of consents to third parties: the question, and the list under the account."""

from urllib.parse import urlencode

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import ConsentOutdated
from pingshan_identity.domain.sign_in.continuation import AUTHORIZE, consent_address
from pingshan_identity.entrypoints.oauth.answers import to_client
from pingshan_identity.entrypoints.oauth.shared import refused_with_way_back
from pingshan_identity.entrypoints.sessions.own_sessions import let_follow, own_page, session_cookies
from pingshan_identity.usecases.consents.give_consent import GiveConsent, give_consent
from pingshan_identity.usecases.consents.list_consents import list_consents
from pingshan_identity.usecases.consents.read_consent_question import read_consent_question
from pingshan_identity.usecases.consents.refuse_consent import RefuseConsent, refuse_consent
from pingshan_identity.usecases.consents.withdraw_consent import WithdrawConsent, withdraw_consent
from pingshan_identity.usecases.dependencies import Dependencies


class ConsentPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/consent", refused_with_way_back(self._question, deps), methods=["GET"]),
            Route("/consent", refused_with_way_back(self._answer, deps), methods=["POST"]),
            Route("/account/consents", own_page(self._list)),
            Route("/account/consents/withdraw", own_page(self._withdraw), methods=["POST"]),
        ]

    async def _question(self, request: Request) -> Response:
        question = await read_consent_question(self._deps, **_named(request), cookies=session_cookies(request))
        response = render(request, "consents/consent.html", question=question)
        let_follow(request, response, question.origin)
        return response

    async def _answer(self, request: Request) -> Response:
        named, cookies = _named(request), session_cookies(request)
        form = await request.form()
        if form.get("decision") == "allow":
            try:
                await give_consent(self._deps, GiveConsent(**named, cookies=cookies, shown=str(form.get("shown", ""))))
            except ConsentOutdated:  # the question as it is now
                return RedirectResponse(consent_address(**named), 303)
            return RedirectResponse(f"{AUTHORIZE}?{urlencode(named)}", 303)
        refused = await refuse_consent(self._deps, RefuseConsent(**named, cookies=cookies))
        return to_client(request, refused)

    async def _list(self, request: Request) -> Response:
        consents = await list_consents(self._deps, actor(request))
        return render(request, "consents/consents.html", consents=consents)

    async def _withdraw(self, request: Request) -> Response:
        client_id = str((await request.form()).get("client_id", ""))[:100]
        await withdraw_consent(self._deps, actor(request), WithdrawConsent(client_id))
        return RedirectResponse("/account/consents", 303)


def _named(request: Request) -> dict[str, str]:
    """Returns the names of the question: the client, and the request that waits."""
    query = request.query_params
    return {"client_id": query.get("client_id", "")[:100], "request_uri": query.get("request_uri", "")[:200]}
