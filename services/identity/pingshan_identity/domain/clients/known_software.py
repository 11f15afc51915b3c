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

    @property
    def method(self) -> AuthMethod:
        """Returns how it proves itself unless it is told otherwise, of the ways that need a secret or a key."""
        return next(each for each in self.methods if each is not AuthMethod.NONE)

    @property
    def profile(self) -> ClientProfile:
        """Returns the profile to choose for it: strict where it can."""
        return ClientProfile.STRICT if ClientProfile.STRICT in self.profiles else self.profiles[0]

    @property
    def algorithm(self) -> Algorithm:
        """Returns the algorithm of ID tokens to choose for it, the first that it verifies by itself."""
        return self.algorithms[0]

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


USUAL_METHOD = AuthMethod.CLIENT_SECRET_BASIC
"""How a new client proves itself where nobody says which software it is."""


def software_of(code: str) -> KnownSoftware | None:
    """Returns the known software of the code; None for any other text."""
    return next((each for each in KNOWN_SOFTWARE if each.code == code), None)


def in_need_of_another_method() -> list[KnownSoftware]:
    """Returns the software that cannot prove itself as a new client does where nobody says which it is."""
    return [each for each in KNOWN_SOFTWARE if USUAL_METHOD not in each.methods]
