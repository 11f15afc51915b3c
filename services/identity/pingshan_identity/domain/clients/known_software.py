"""What districts already run, and what each asks of us: the pages show its settings to copy, the tests use them."""

from dataclasses import dataclass

from pingshan_identity.domain.clients.client import AuthMethod, ClientProfile
from pingshan_identity.domain.keys.signing_key import ALGORITHMS, Algorithm

_SECRET = (AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST)
_EVERY_METHOD = (*_SECRET, AuthMethod.PRIVATE_KEY_JWT)
_USUAL = (ClientProfile.STRICT, ClientProfile.COMPATIBLE)


@dataclass(frozen=True, slots=True)
class KnownSoftware:
    """A product or library that signs people in here."""

    code: str
    """Also the name of the template that holds its settings."""
    name: str
    redirect_path: str | None
    """Below the site's address; None where the site chooses it."""
    signed_out_path: str | None
    """Where the browser is sent after a sign-out; None where the site chooses it."""
    notice_path: str | None
    """Where it takes logout tokens (OpenID Connect Back-Channel Logout); a query goes with its redirect URI; None where
    it takes none by itself.
    """
    methods: tuple[AuthMethod, ...]
    """How it can prove itself, its default first."""
    profiles: tuple[ClientProfile, ...] = _USUAL
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    """Of ID tokens, which it can verify or does not look at."""

    def fits(self, method: AuthMethod, profile: ClientProfile, algorithm: Algorithm) -> bool:
        """Returns whether it works with a client that is registered so."""
        return method in self.methods and profile in self.profiles and algorithm in self.algorithms


KNOWN_SOFTWARE = (
    KnownSoftware(
        "apache",
        "Apache (mod_auth_openidc)",
        redirect_path=None,
        signed_out_path="/",
        notice_path="?logout=backchannel",
        methods=_EVERY_METHOD,
        algorithms=("ES256", "RS256"),
    ),
    KnownSoftware(
        "oauth2-proxy",
        "oauth2-proxy",
        redirect_path="/oauth2/callback",
        signed_out_path="/",
        notice_path=None,
        methods=_SECRET,
    ),
    KnownSoftware(
        "aspnet-core",
        "ASP.NET Core",
        redirect_path="/signin-oidc",
        signed_out_path="/signout-callback-oidc",
        notice_path=None,
        methods=(AuthMethod.CLIENT_SECRET_POST,),
        algorithms=("ES256", "RS256"),
    ),
    KnownSoftware(
        "spring",
        "Spring Boot",
        redirect_path="/login/oauth2/code/pingshan",
        signed_out_path="/",
        notice_path="/logout/connect/back-channel/pingshan",
        methods=_SECRET,
        algorithms=("RS256", "ES256"),
    ),
    KnownSoftware(
        "django",
        "Django (mozilla-django-oidc)",
        redirect_path="/oidc/callback/",
        signed_out_path="/",
        notice_path=None,
        methods=(AuthMethod.CLIENT_SECRET_POST, AuthMethod.CLIENT_SECRET_BASIC),
        algorithms=("ES256", "RS256"),
    ),
    KnownSoftware(
        "passport",
        "Passport (openid-client)",
        redirect_path=None,
        signed_out_path=None,
        notice_path=None,
        methods=(AuthMethod.CLIENT_SECRET_POST, AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.PRIVATE_KEY_JWT),
    ),
    KnownSoftware(
        "passport-openidconnect",
        "Passport (passport-openidconnect)",
        redirect_path=None,
        signed_out_path=None,
        notice_path=None,
        methods=(AuthMethod.CLIENT_SECRET_POST,),
        profiles=(ClientProfile.COMPATIBLE,),
    ),
    KnownSoftware(
        "authlib",
        "Authlib (Flask, FastAPI)",
        redirect_path=None,
        signed_out_path=None,
        notice_path=None,
        methods=(*_SECRET, AuthMethod.NONE),
    ),
    KnownSoftware(
        "openid-client",
        "Node.js (openid-client)",
        redirect_path=None,
        signed_out_path=None,
        notice_path=None,
        methods=(
            AuthMethod.CLIENT_SECRET_POST,
            AuthMethod.CLIENT_SECRET_BASIC,
            AuthMethod.PRIVATE_KEY_JWT,
            AuthMethod.NONE,
        ),
        profiles=tuple(ClientProfile),
    ),
)
