"""Access tokens of a test issuer: any person, any role, without identity."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey


class TokenIssuer:
    """Serves discovery and JWKS on a local port, and signs what it is asked to. `url` is the `issuer` of settings."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "test-issuer", "use": "sig", "alg": "ES256"}, private=True)
        self.published: list[dict[str, Any]] = [dict(self.key.as_dict(private=False))]
        """What `/jwks` gives."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def mint(
        self,
        service: str,
        *roles: str,
        person: str = "01900000-0000-7000-8000-000000000001",
        realm: str = "staff",
        **claims: Any,
    ) -> str:
        """An access token for `service` (its `aud`) that lasts ten minutes.

        `claims` replace or add any claim: `org`, `posts`, `acr`, `sid`, `act_for`, `exp`, `aud` …; a claim given as
        None is left out.
        """
        now = int(time.time())
        body: dict[str, Any] = {
            "iss": self.url,
            "sub": person,
            "aud": service,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": str(uuid4()),
            "sid": str(uuid4()),
            "realm": realm,
            "name": "测试人员",
            "org": "data",
            "posts": ["officer"],
            "roles": list(roles),
            "acr": 2,
            "auth_time": now,
            "client_id": service,
            "act_for": [],
        }
        present = {name: value for name, value in (body | claims).items() if value is not None}
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "test-issuer"}
        return jwt.encode(header, present, self.key, algorithms=["ES256"])

    def bearer(self, service: str, *roles: str, **claims: Any) -> dict[str, str]:
        """`mint` as an HTTP header."""
        return {"Authorization": f"Bearer {self.mint(service, *roles, **claims)}"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = issuer.documents().get(self.path)
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(found or {}).encode())

            def log_message(self, *_: object) -> None:
                return

        return Handler

    def documents(self) -> dict[str, Any]:
        keys = {"keys": self.published}
        discovery = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "end_session_endpoint": f"{self.url}/end-session",
            "id_token_signing_alg_values_supported": ["ES256"],
        }
        return {"/.well-known/openid-configuration": discovery, "/jwks": keys, "/.well-known/jwks.json": keys}
