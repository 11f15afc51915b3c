"""A browser and relying parties that speak to a running identity as strangers would: HTTP, cookies, JOSE."""

import json
import re
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import asyncpg
import httpx
import pyotp
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.support.servers import wait_for

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Browser:
    """Keeps cookies as browsers do on localhost: `Secure` ones too, whatever the port. Redirects: `followed` alone."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        """Every Set-Cookie header of the last answer."""

    def get(self, address: str, **options: Any) -> httpx.Response:
        return self.request("GET", address, **options)

    def followed(self, address: str) -> httpx.Response:
        """The page at the end of all redirects."""
        while (answer := self.get(address)).is_redirect:
            address = str(answer.url.join(answer.headers["location"]))
        return answer

    def post(self, address: str, data: dict[str, str], **options: Any) -> httpx.Response:
        return self.request("POST", address, data=data, **options)

    def request(
        self, method: str, address: str, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        sent = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        url = address if address.startswith("http") else self._base + address
        answer = httpx.request(method, url, headers=sent | (headers or {}), timeout=20, **options)
        self.set_cookies = answer.headers.get_list("set-cookie")
        for text in self.set_cookies:
            for morsel in SimpleCookie(text).values():
                self.cookies[morsel.key] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[morsel.key]
        return answer


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def shown_of(page: httpx.Response) -> str:
    """What a question about a third party says that it shows of it."""
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


def allowed(page: Browser, response: httpx.Response) -> httpx.Response:
    """The redirect to the client: at once, or after the person has allowed what a question asks."""
    question = response.headers.get("location", "")
    if not question.startswith("/consent?"):
        return response
    shown = page.get(question)
    agreed = page.post(question, {"csrf_token": csrf_of(shown), "shown": shown_of(shown), "decision": "allow"})
    return page.get(agreed.headers["location"])


def submit(page: Browser, path: str, form: dict[str, str], *, at: str | None = None) -> httpx.Response:
    """Posts a form as the page at `at` (or `path`) holds it."""
    shown = page.get(at or path)
    return page.post(path, data={"csrf_token": csrf_of(shown)} | form)


def answer_of(response: httpx.Response) -> dict[str, str]:
    """The query of the address that a redirect leads to."""
    assert response.status_code == 303, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


@dataclass
class Attempt:
    """What one authorization request asked for."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class RelyingParty:
    issuer: str
    client_id: str
    redirect_uri: str
    secret: str | None = None
    key: ECKey | None = None
    method: str | None = None
    """Of client authentication; else Basic where there is a secret, else an assertion."""

    def authorize_path(self, attempt: Attempt, **changed: str | None) -> str:
        query: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        query |= changed
        return f"/authorize?{urlencode({name: value for name, value in query.items() if value is not None})}"

    def assertion(self, **changed: Any) -> str:
        assert self.key is not None
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        claims |= changed
        header = {"alg": "ES256", "typ": "JWT", "kid": self.key.kid or self.client_id}
        return jwt.encode(header, {n: v for n, v in claims.items() if v is not None}, self.key, algorithms=["ES256"])

    def token(
        self, form: dict[str, str | None], path: str = "/token", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """A token request with this client's own authentication, unless the form brings another one."""
        sent = {name: value for name, value in form.items() if value is not None}
        auth = None
        if self.method in {"none", "client_secret_post"}:
            sent |= {"client_id": self.client_id} | ({"client_secret": self.secret} if self.secret else {})
        elif self.secret is not None:
            auth = (self.client_id, self.secret)
        elif "client_assertion" not in sent:
            sent |= {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion()}
        return httpx.post(f"{self.issuer}{path}", data=sent, auth=auth, headers=headers, timeout=20)

    def push(self, attempt: Attempt, **changed: str | None) -> httpx.Response:
        """The authorization request by the back door (RFC 9126)."""
        query = urlsplit(self.authorize_path(attempt, **changed)).query
        return self.token(dict(parse_qsl(query, keep_blank_values=True)), "/par")

    def redeem(self, code: str, attempt: Attempt, /, **changed: str | None) -> httpx.Response:
        return self.token(self.code_form(code, attempt) | changed)

    def code_form(self, code: str, attempt: Attempt) -> dict[str, str | None]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": attempt.verifier,
        }

    def read(self, token: str) -> dict[str, Any]:
        """Claims of a token, checked with the issuer's published keys."""
        keys = KeySet.import_key_set(httpx.get(f"{self.issuer}/jwks").json())
        return dict(jwt.decode(token, keys, algorithms=["ES256", "RS256", "EdDSA"]).claims)


@dataclass
class Identity:
    """One running identity with its seed."""

    url: str
    sign_ins: dict[str, dict[str, str]]
    client_secrets: dict[str, str]
    simulators: str
    keys: Path
    services: dict[str, str]
    database_url: str = field(repr=False)
    """As superuser, to look behind the service."""

    def browser(self) -> Browser:
        return Browser(self.url)

    def district(self, code: str = "oa") -> RelyingParty:
        redirect = f"{self.simulators}/systems/{code}/sign-in/callback"
        return RelyingParty(self.url, code, redirect, secret=self.client_secrets[code])

    def machine(self, code: str = "amr-system") -> RelyingParty:
        return RelyingParty(self.url, code, "", secret=self.client_secrets[code])

    def platform(self, service: str = "workflow") -> RelyingParty:
        key = ECKey.import_key((self.keys / service / "service_key.pem").read_text())
        return RelyingParty(self.url, service, f"{self.services[service]}/sign-in/callback", key=key)

    def sign_in(self, page: Browser, login: str = "water01", continuation: str = "/") -> httpx.Response:
        """Password, and the second factor where one is asked for."""
        answer = self.give_password(page, login, continuation)
        further = answer.headers.get("location", "")
        return self.give_code(page, login, further) if further.startswith("/sign-in/second-factor?") else answer

    def give_password(self, page: Browser, login: str, continuation: str = "/") -> httpx.Response:
        realm = "public" if login.startswith("+") else "staff"
        path = f"{'/public' if realm == 'public' else ''}/sign-in?{urlencode({'continue': continuation})}"
        return submit(page, path, {"login": login, "password": self.sign_ins[realm][login]})

    def give_code(self, page: Browser, login: str, second_factor: str) -> httpx.Response:
        """`second_factor`: the address that the password led to."""
        self.let_codes_be_used_again()
        action = second_factor.replace("/second-factor?", "/second-factor/totp?")
        return submit(page, action, {"code": self.code_now(login)}, at=second_factor)

    def code_now(self, login: str) -> str:
        return pyotp.TOTP(self.sign_ins["totp"][login]).now()

    def let_codes_be_used_again(self) -> None:
        """A code counts once (RFC 6238 section 5.2), and tests sign in more often than every 30 seconds."""
        self.execute("UPDATE totp SET last_step = 0")

    def let_waits_last(self) -> None:
        """Who is made to wait for wrong second factors waits five minutes longer, however slow the machine is."""
        longer = "UPDATE sign_in_throttle SET blocked_until = blocked_until + interval '5 minutes'"
        self.execute(f"{longer} WHERE counted LIKE 'factor%' AND blocked_until > attempted_at")

    def tell_everything_to(self, origin: str) -> None:
        """Every system that people open can be told of a sign-out, at `origin` and its client id."""
        self.execute("UPDATE client SET backchannel_logout_uri = $1 || client_id WHERE launch_uri IS NOT NULL", origin)

    def execute(self, statement: str, *values: Any) -> list[Any]:
        """Behind the service's back, as superuser; the rows that come back."""
        return wait_for(self._execute(statement, *values))

    async def _execute(self, statement: str, *values: Any) -> list[Any]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    def signed_in(self, login: str = "water01") -> Browser:
        page = self.browser()
        assert self.sign_in(page, login).status_code == 303
        return page

    def code(self, page: Browser, party: RelyingParty, attempt: Attempt, **changed: str | None) -> str:
        answer = answer_of(allowed(page, page.get(party.authorize_path(attempt, **changed))))
        assert answer.get("state") == attempt.state
        assert answer.get("iss") == self.url
        return answer["code"]

    def tokens(self, page: Browser, party: RelyingParty) -> dict[str, Any]:
        attempt = Attempt()
        response = party.redeem(self.code(page, party, attempt), attempt)
        assert response.status_code == 200, response.text
        return dict(response.json())


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
