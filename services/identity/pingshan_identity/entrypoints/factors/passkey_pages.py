"""Pages of passkeys: signing in with one, and one's own list."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from pingshan_kit.auth import actor
from pingshan_kit.auth.guard import Endpoint
from pingshan_kit.errors import refusal
from pingshan_values.actor import ANONYMOUS
from pingshan_values.errors import DomainError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.errors import (
    FactorsOutOfReach,
    LastFactor,
    PasskeyNotFound,
    PasskeyRefused,
    SignInAttemptExpired,
    SignInTooOld,
)
from pingshan_identity.domain.realm import Realm
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.entrypoints.factors.second_factor_pages import SecondFactorPages
from pingshan_identity.entrypoints.sessions.own_sessions import SIGN_IN_PAGES, browser_of, own_page, visitor_of
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_in.shared import continuation_of, go_on, login_hint_of, restart
from pingshan_identity.entrypoints.sign_in.sign_in_pages import SignInPages
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.factors.begin_passkey_registration import (
    BeginPasskeyRegistration,
    begin_passkey_registration,
)
from pingshan_identity.usecases.factors.begin_passkey_sign_in import BeginPasskeySignIn, begin_passkey_sign_in
from pingshan_identity.usecases.factors.list_passkeys import list_passkeys
from pingshan_identity.usecases.factors.register_passkey import RegisterPasskey, register_passkey
from pingshan_identity.usecases.factors.remove_passkey import RemovePasskey, remove_passkey
from pingshan_identity.usecases.factors.rename_passkey import RenamePasskey, rename_passkey
from pingshan_identity.usecases.factors.verify_passkey import VerifyPasskey, verify_passkey

PAGE = "/account/passkeys"
_MOST_CHARACTERS = 20_000
_NAMES = {"zh-Hans": "通行密钥", "en": "Passkey"}
_REFUSALS = (FactorsOutOfReach, LastFactor, PasskeyNotFound, PasskeyRefused, SignInAttemptExpired, SignInTooOld)


class PasskeyPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._sign_in_pages = SignInPages(deps)
        self._second_factor_pages = SecondFactorPages(deps)
        self.routes: list[BaseRoute] = [
            Route(PAGE, own_page(self._list)),
            Route(f"{PAGE}/options", own_page(self._registration_options), methods=["POST"]),
            Route(f"{PAGE}/add", own_page(self._add), methods=["POST"]),
            Route(f"{PAGE}/rename", own_page(self._rename), methods=["POST"]),
            Route(f"{PAGE}/remove", own_page(self._remove), methods=["POST"]),
        ]
        for realm, page in SIGN_IN_PAGES.items():
            self.routes += [
                Route(f"{page}/passkey/options", self._options_of(realm), methods=["POST"]),
                Route(f"{page}/passkey", self._verify_of(realm), methods=["POST"]),
            ]

    def _options_of(self, realm: Realm) -> Endpoint:
        async def options(request: Request) -> Response:
            """Answers with a challenge; `attempt` in the query names the sign-in under way that goes on."""
            try:
                command = BeginPasskeySignIn(
                    realm=realm,
                    attempt=request.query_params.get("attempt"),
                    browser=browser_of(request),
                    continuation=continuation_of(request),
                )
                asked = await begin_passkey_sign_in(self._deps, command)
            except SignInAttemptExpired as error:
                return _refused(request, error)
            return JSONResponse({"attempt": asked.attempt, "publicKey": asked.public_key})

        return options

    def _verify_of(self, realm: Realm) -> Endpoint:
        async def verify(request: Request) -> Response:
            form = await request.form()
            attempt = str(form.get("attempt", ""))
            try:
                command = VerifyPasskey(
                    attempt=attempt,
                    answer=str(form.get("credential", ""))[:_MOST_CHARACTERS],
                    visitor=visitor_of(request, realm),
                )
                outcome = await verify_passkey(self._deps, ANONYMOUS, command)
            except SignInAttemptExpired:
                return restart(request)
            except PasskeyRefused as error:
                return await self._again(request, realm, attempt, error)
            return go_on(realm, outcome, continuation_of(request), login_hint_of(request))

        return verify

    async def _again(self, request: Request, realm: Realm, attempt: str, error: DomainError) -> Response:
        """Shows the page where the passkey was asked for, with the reason."""
        if request.query_params.get("attempt") == attempt:
            return await self._second_factor_pages.show(request, error)
        return await self._sign_in_pages.form(request, realm, continuation_of(request), "", error)

    async def _list(self, request: Request, error: DomainError | None = None) -> Response:
        own = await list_passkeys(self._deps, actor(request))
        return page_with(request, "factors/passkeys.html", error, own=own, encoded=_encoded)

    async def _registration_options(self, request: Request) -> Response:
        try:
            command = BeginPasskeyRegistration(browser_of(request))
            asked = await begin_passkey_registration(self._deps, actor(request), command)
        except (FactorsOutOfReach, SignInTooOld) as error:
            return _refused(request, error)
        return JSONResponse({"attempt": asked.attempt, "publicKey": asked.public_key})

    async def _add(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = RegisterPasskey(
                attempt=str(form.get("attempt", "")),
                browser=browser_of(request),
                answer=str(form.get("credential", ""))[:_MOST_CHARACTERS],
                name=str(form.get("name", "")),
                otherwise=_NAMES[request.state.language],
            )
            await register_passkey(self._deps, actor(request), command)
        except _REFUSALS as error:
            return await self._list(request, error)
        return RedirectResponse(PAGE, 303)

    async def _rename(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = RenamePasskey(
                credential_id=_decoded(str(form.get("passkey", ""))),
                name=str(form.get("name", "")),
                otherwise=_NAMES[request.state.language],
            )
            await rename_passkey(self._deps, actor(request), command)
        except _REFUSALS as error:
            return await self._list(request, error)
        return RedirectResponse(PAGE, 303)

    async def _remove(self, request: Request) -> Response:
        form = await request.form()
        try:
            command = RemovePasskey(_decoded(str(form.get("passkey", ""))))
            await remove_passkey(self._deps, actor(request), command)
        except _REFUSALS as error:
            return await self._list(request, error)
        return RedirectResponse(PAGE, 303)


def _refused(request: Request, error: DomainError) -> Response:
    """Returns the refusal's sentence as JSON, for our own script to show."""
    refused = refusal(error, ERRORS)
    return JSONResponse({"detail": refused.sentence(request.state.language)}, refused.http)


def _encoded(credential_id: bytes) -> str:
    return urlsafe_b64encode(credential_id).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Returns the bytes of a base64url text; empty, and so nobody's, for any other text."""
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"==")
    except ValueError:
        return b""
