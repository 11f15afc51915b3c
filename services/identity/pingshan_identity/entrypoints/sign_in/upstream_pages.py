"""Pages of upstreams: going there, coming back, and one's own links."""

from urllib.parse import urlencode, urlsplit

from pingshan_kit.auth import actor
from pingshan_kit.auth.guard import Endpoint
from pingshan_ui import render
from pingshan_values.actor import ANONYMOUS, ActorKind
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import (
    NoSuchFactor,
    SignInTooOld,
    UpstreamAnswerRefused,
    UpstreamAway,
    UpstreamUnknown,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.continuation import AUTHORIZE, DEVICE
from pingshan_identity.domain.sign_in.upstream import Purpose
from pingshan_identity.entrypoints.sessions.own_sessions import (
    PROVE_NAME,
    SIGN_IN_PAGES,
    UPSTREAM_CALLBACK,
    browser_of,
    has_form_cookie,
    own_page,
    visitor_of,
)
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_in.shared import continuation_of, go_on
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_in.begin_upstream import BeginUpstream, begin_upstream
from pingshan_identity.usecases.sign_in.finish_upstream import FinishUpstream, finish_upstream
from pingshan_identity.usecases.sign_in.list_upstreams import list_upstreams
from pingshan_identity.usecases.sign_in.read_upstream_continuation import read_upstream_continuation
from pingshan_identity.usecases.sign_in.unlink_upstream import UnlinkUpstream, unlink_upstream

PAGE = PROVE_NAME


class UpstreamPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/upstream/{provider}", self._sign_in),
            Route(UPSTREAM_CALLBACK, self._with_way_on(self._callback)),
            Route(PAGE, own_page(self._list)),
            Route(f"{PAGE}/link", own_page(self._link), methods=["POST"]),
            Route(f"{PAGE}/unlink", own_page(self._unlink), methods=["POST"]),
        ]

    async def _sign_in(self, request: Request) -> Response:
        address = await self._begin(request, request.path_params["provider"], Purpose.SIGN_IN, continuation_of(request))
        # The state is bound to the form token's cookie, which only a page can set: links in WeCom lead here directly.
        return RedirectResponse(address, 303) if has_form_cookie(request) else _onward(request, address)

    async def _begin(self, request: Request, provider: str, purpose: Purpose, continuation: str) -> str:
        command = BeginUpstream(
            provider=provider,
            purpose=purpose,
            browser=browser_of(request),
            continuation=continuation,
            language=request.state.language,
            in_wecom="wxwork" in request.headers.get("user-agent", "").lower(),
        )
        return await begin_upstream(self._deps, actor(request) if purpose is Purpose.LINK else ANONYMOUS, command)

    async def _callback(self, request: Request) -> Response:
        provider = request.path_params["provider"]
        realm = self._deps.upstreams.get(provider).upstream.realm
        command = FinishUpstream(
            provider=provider,
            answer=request.query_params,
            visitor=visitor_of(request, realm),
            language=request.state.language,
        )
        returned = await finish_upstream(self._deps, actor(request), command)
        if returned.outcome is None:
            return _onward(request, returned.continuation)
        further = go_on(realm, returned.outcome, returned.continuation)
        response = _onward(request, further.headers["location"])
        for cookie in further.headers.getlist("set-cookie"):
            response.headers.append("set-cookie", cookie)
        return response

    def _with_way_on(self, callback: Endpoint) -> Endpoint:
        """Returns the callback, whose page of a refusal (`error.html`) leads on to where the visit was to lead."""

        async def guided(request: Request) -> Response:
            try:
                return await callback(request)
            except UpstreamUnknown:
                raise
            except DomainError:
                request.state.way_on = await self._way_on(request)
                raise

        return guided

    async def _way_on(self, request: Request) -> str:
        upstream = self._deps.upstreams.get(request.path_params["provider"]).upstream
        state = request.query_params.get("state", "")
        led = await read_upstream_continuation(self._deps, state=state, browser=browser_of(request))
        if led is not None and actor(request).kind is ActorKind.PERSON:
            return led
        return f"{SIGN_IN_PAGES[upstream.realm]}?{urlencode({'continue': led or '/'})}"

    async def _list(self, request: Request, error: DomainError | None = None) -> Response:
        who = actor(request)
        realm = Realm(who.realm or Realm.STAFF)
        offered = await list_upstreams(self._deps, who, realm=realm)
        continuation = continuation_of(request)
        return page_with(
            request,
            "sign_in/upstreams.html",
            error,
            offered=offered,
            continuation=continuation,
            to_system=urlsplit(continuation).path in {AUTHORIZE, DEVICE},
        )

    async def _link(self, request: Request) -> Response:
        provider = str((await request.form()).get("provider", ""))
        try:
            further = continuation_of(request) if "continue" in request.query_params else PAGE
            address = await self._begin(request, provider, Purpose.LINK, further)
        except (SignInTooOld, UpstreamAway, UpstreamAnswerRefused) as error:
            return await self._list(request, error)
        return _onward(request, address)

    async def _unlink(self, request: Request) -> Response:
        provider = str((await request.form()).get("provider", ""))
        try:
            await unlink_upstream(self._deps, actor(request), UnlinkUpstream(provider))
        except (SignInTooOld, NoSuchFactor) as error:
            return await self._list(request, error)
        return RedirectResponse(PAGE, 303)


def _onward(request: Request, address: str) -> Response:
    """Shows a page of ours between two parties: browsers check a page's `form-action` at all redirects after it."""
    return render(request, "sign_in/onward.html", address=address)
