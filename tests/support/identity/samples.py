"""A system, a session within it and the id of a grant, for tests of rules."""

from datetime import UTC, datetime
from uuid import UUID

from pingshan_identity.domain.clients.client import AuthMethod, Client, ClientKind
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SYSTEM = Client(
    client_id="water-monitor",
    name_zh="智慧水务系统",
    name_en="Smart water",
    kind=ClientKind.DISTRICT,
    owner="water",
    auth_method=AuthMethod.CLIENT_SECRET_BASIC,
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    redirect_uris=("http://localhost/callback",),
    post_logout_redirect_uris=(),
    realms=frozenset({Realm.STAFF}),
    audiences=frozenset({"identity"}),
    open_to=frozenset({"water"}),
    launch_uri="http://localhost/",
    required_level=2,
)
SESSION = Session("s1", Realm.STAFF, "p1", 2, ("pwd", "otp"), NOW, NOW, NOW, "", "127.0.0.1", 1, None)
GRANT_ID = UUID("0193b0a0-0000-7000-8000-000000000001")
