"""Dynamic client registration (RFC 7591, OpenID Connect Dynamic Client Registration 1.0) and its management (RFC 7592).

One rule: what is harmless is accepted or narrowed, and the answer says what was registered; what would weaken security
if it were ignored is refused by name (`unsupported_metadata.py`). Clients that register themselves are third parties:
people must consent before they learn anything.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from pingshan_values.errors import Violation

from pingshan_identity.domain.clients import metadata_members as members
from pingshan_identity.domain.clients.client import ApplicationType, AuthMethod, Client, ClientProfile
from pingshan_identity.domain.clients.client_keys import ASSERTION_ALGORITHMS, FAPI2_ALGORITHMS, check_jwks
from pingshan_identity.domain.clients.metadata_members import Document, refused
from pingshan_identity.domain.clients.scope import SCOPES
from pingshan_identity.domain.clients.unsupported_metadata import refuse_unsupported
from pingshan_identity.domain.keys.signing_key import ALGORITHMS, Algorithm
from pingshan_identity.domain.oauth_error import OAuthError

CODE, REFRESH, DEVICE = "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (CODE, REFRESH, DEVICE)
"""Grant types that a registered client may use; all others act without a person."""
REQUIRED_LEVEL = 2
"""Assurance level of a newly registered client; its owner may change it."""
MAX_USES = 100
MAX_LIFE = timedelta(days=30)
"""Longest life of an initial access token (RFC 7591 section 3)."""

_OFFLINE = "offline_access"
_OURS = frozenset(
    {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
)
"""Members that a client must not send back (RFC 7592 section 2.2)."""
_UNNAMED = ("未命名的系统", "Unnamed system")
_LINKS = ("logo_uri", "policy_uri", "tos_uri", "client_uri")


@dataclass(frozen=True, slots=True)
class Registration:
    """Is the checked metadata of a client."""

    name_zh: str
    name_en: str
    auth_method: AuthMethod
    application_type: ApplicationType
    profile: ClientProfile
    grant_types: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    scopes: tuple[str, ...]
    jwks: Mapping[str, Any] | None = field(repr=False)
    jwks_uri: str | None
    id_token_alg: Algorithm
    userinfo_signed_response_alg: Algorithm | None
    request_object_signing_alg: str | None
    require_signed_request_object: bool
    require_par: bool
    dpop_bound: bool
    default_max_age: int | None
    require_auth_time: bool
    subject_type: Literal["public", "pairwise"]
    sector_identifier: str | None
    sector_identifier_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    client_uri: str | None
    initiate_login_uri: str | None

    def needs_new_secret(self, *, has_one: bool) -> bool:
        """Returns whether a secret must be made: the method needs one, and the client has none."""
        return self.auth_method.has_secret and not has_one

    @property
    def called_addresses(self) -> dict[str, str]:
        """Returns the addresses that the platform itself will call, by the member that names them."""
        found = {
            "backchannel_logout_uri": self.backchannel_logout_uri,
            "jwks_uri": self.jwks_uri,
            "sector_identifier_uri": self.sector_identifier_uri,
        }
        return {name: uri for name, uri in found.items() if uri is not None}


def opening_violations(*, uses: int, life: timedelta) -> list[Violation]:
    """Returns what is wrong with an initial access token: `uses` must be 1 to 100, `life` above 0 and at most 30 days.

    An empty list means that nothing is wrong.
    """
    found = []
    if not 1 <= uses <= MAX_USES:
        found.append(Violation("uses", f"可登记次数为 1 到 {MAX_USES}。", f"Between 1 and {MAX_USES} uses."))
    if not timedelta(0) < life <= MAX_LIFE:
        found.append(Violation("days", f"有效天数为 1 到 {MAX_LIFE.days}。", f"Between 1 and {MAX_LIFE.days} days."))
    return found


def read_registration(document: Any, profile: ClientProfile = ClientProfile.STRICT) -> Registration:
    """Returns what is registered of a client's metadata (RFC 7591 section 2); unknown members are ignored.

    Raises:
        OAuthError: `invalid_client_metadata`, `invalid_redirect_uri` or `unapproved_software_statement`.
    """
    if not isinstance(document, dict):
        raise refused("the body must be a JSON object")
    document = {name: value for name, value in document.items() if value is not None}
    kind = ApplicationType(
        members.one_of(document, "application_type", tuple(ApplicationType), ApplicationType.WEB.value)
    )
    method = _method(document, kind, profile)
    refuse_unsupported(document, method)
    native, fapi2 = kind is ApplicationType.NATIVE, profile is ClientProfile.FAPI2
    jwks, jwks_uri = _keys(document, method)
    grant_types = _grant_types(document)
    redirect_uris = _redirect_uris(document, native=native, needed=CODE in grant_types)
    name_zh, name_en = _names(document, redirect_uris)
    signed_by = tuple(alg for alg in ALGORITHMS if not fapi2 or alg in FAPI2_ALGORITHMS)
    id_token_alg = members.one_of(document, "id_token_signed_response_alg", signed_by, _left_out(signed_by))
    pairwise = members.one_of(document, "subject_type", ("public", "pairwise"), "public") == "pairwise"
    sector_uri = members.public_address(document, "sector_identifier_uri")
    return Registration(
        name_zh=name_zh,
        name_en=name_en,
        auth_method=method,
        application_type=kind,
        profile=profile_of(method, profile),
        grant_types=grant_types,
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=members.uris(document, "post_logout_redirect_uris", native=native),
        backchannel_logout_uri=members.address(document, "backchannel_logout_uri"),
        scopes=_scopes(document, grant_types),
        jwks=jwks,
        jwks_uri=jwks_uri,
        id_token_alg=cast("Algorithm", id_token_alg),
        userinfo_signed_response_alg=cast(
            "Algorithm | None", members.optional(document, "userinfo_signed_response_alg", signed_by)
        ),
        request_object_signing_alg=members.optional(
            document, "request_object_signing_alg", FAPI2_ALGORITHMS if fapi2 else ASSERTION_ALGORITHMS
        ),
        require_signed_request_object=_signed(document, has_keys=jwks is not None or jwks_uri is not None),
        require_par=members.flag(document, "require_pushed_authorization_requests") or fapi2,
        dpop_bound=members.flag(document, "dpop_bound_access_tokens") or fapi2,
        default_max_age=members.seconds(document, "default_max_age"),
        require_auth_time=members.flag(document, "require_auth_time"),
        subject_type="pairwise" if pairwise else "public",
        sector_identifier=_sector(redirect_uris, grant_types, sector_uri) if pairwise else None,
        sector_identifier_uri=sector_uri,
        initiate_login_uri=members.public_address(document, "initiate_login_uri"),
        **{name: members.address(document, name) for name in _LINKS},
    )


def profile_of(method: AuthMethod, asked: ClientProfile) -> ClientProfile:
    """Returns the profile of a client that proves itself so; PKCE stays a must for one that does not (RFC 9700 section
    2.1.1).
    """
    if method is AuthMethod.NONE and asked is ClientProfile.COMPATIBLE:
        return ClientProfile.STRICT
    return asked


def check_sector(document: Any, redirect_uris: Collection[str]) -> None:
    """Refuses redirect URIs that the document at `sector_identifier_uri` does not list (OpenID Connect Dynamic Client
    Registration section 5).

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    if not isinstance(document, list) or not all(isinstance(uri, str) for uri in document):
        raise refused("sector_identifier_uri must lead to a JSON array of redirect URIs")
    if not set(redirect_uris) <= set(document):
        raise refused("sector_identifier_uri must list every redirect URI of the client")


def check_update(document: Any, client_id: str, is_secret: Callable[[str], bool]) -> None:
    """Refuses a change of metadata that names another client, or sets what only identity sets (RFC 7592 section 2.2).

    Raises:
        OAuthError: `invalid_client_metadata`.
    """
    if not isinstance(document, dict) or document.get("client_id") != client_id:
        raise refused("client_id must be the client's own")
    if document.keys() & _OURS:
        raise refused(f"these are not the client's to set: {', '.join(sorted(_OURS))}")
    secret = document.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and is_secret(secret)):
        raise refused("client_secret is not the client's own, and cannot be chosen")


def metadata_of(client: Client) -> dict[str, Any]:
    """Returns the registered metadata as the client reads it (RFC 7591 section 3.2.1), without empty members."""
    document: dict[str, Any] = {
        "client_id": client.client_id,
        "client_name": client.name_zh,
        "client_name#zh-Hans": client.name_zh,
        "client_name#en": client.name_en,
        "token_endpoint_auth_method": client.auth_method.value,
        "application_type": client.application_type.value,
        "grant_types": sorted(client.grant_types),
        "response_types": ["code"] if CODE in client.grant_types else [],
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "backchannel_logout_uri": client.backchannel_logout_uri,
        "backchannel_logout_session_required": True if client.backchannel_logout_uri else None,
        "scope": " ".join(scope for scope in SCOPES if scope in client.scopes),
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "id_token_signed_response_alg": client.id_token_alg,
        "userinfo_signed_response_alg": client.userinfo_signed_response_alg,
        "request_object_signing_alg": client.request_object_signing_alg,
        "require_signed_request_object": client.require_signed_request_object,
        "require_pushed_authorization_requests": client.needs_par,
        "dpop_bound_access_tokens": client.needs_dpop,
        "default_max_age": client.default_max_age,
        "require_auth_time": client.require_auth_time,
        "subject_type": client.subject_type,
        "sector_identifier_uri": client.sector_identifier_uri,
        "initiate_login_uri": client.initiate_login_uri,
    }
    document |= {name: getattr(client, name) for name in _LINKS}
    return {name: value for name, value in document.items() if value is not None}


def new_client_id() -> str:
    """Returns a new client id of 80 random bits."""
    return f"c-{secrets.token_hex(10)}"


def _method(document: Document, kind: ApplicationType, profile: ClientProfile) -> AuthMethod:
    fapi2 = profile is ClientProfile.FAPI2
    left_out = AuthMethod.PRIVATE_KEY_JWT if fapi2 else AuthMethod.CLIENT_SECRET_BASIC
    method = AuthMethod(members.one_of(document, "token_endpoint_auth_method", tuple(AuthMethod), left_out.value))
    if method is AuthMethod.NONE and kind is not ApplicationType.NATIVE:
        raise refused("token_endpoint_auth_method: only a native app may be a public client")
    if fapi2 and method is not AuthMethod.PRIVATE_KEY_JWT:
        raise refused("token_endpoint_auth_method must be private_key_jwt (FAPI 2.0 Security Profile)")
    return method


def _keys(document: Document, method: AuthMethod) -> tuple[Mapping[str, Any] | None, str | None]:
    """Returns the key set, or where it is published: never both (RFC 7591 section 2), and one where it proves."""
    if "jwks" in document and "jwks_uri" in document:
        raise refused("jwks and jwks_uri must not be sent together")
    jwks = check_jwks(document["jwks"]) if "jwks" in document else None
    uri = members.address(document, "jwks_uri")
    if method is AuthMethod.PRIVATE_KEY_JWT and jwks is None and uri is None:
        raise refused("token_endpoint_auth_method private_key_jwt needs jwks or jwks_uri")
    return jwks, uri


def _left_out(algorithms: Collection[str]) -> str:
    """Returns the algorithm of ID tokens where none is named: RS256 (OpenID Connect Dynamic Client Registration section
    2) where it is allowed.
    """
    return "RS256" if "RS256" in algorithms else next(iter(algorithms))


def _grant_types(document: Document) -> tuple[str, ...]:
    """Returns those of the grant types that we have; who asks for none that begins with a person is refused."""
    asked = members.texts(document, "grant_types", (CODE,))
    grant_types = tuple(each for each in asked if each in GRANT_TYPES)
    if CODE not in grant_types and DEVICE not in grant_types:
        raise refused(f"grant_types must have one of {CODE}, {DEVICE}")
    if CODE in grant_types and "code" not in members.texts(document, "response_types", ("code",)):
        raise refused("response_types must have code, the only one that there is")
    return grant_types


def _scopes(document: Document, grant_types: Collection[str]) -> tuple[str, ...]:
    """Returns those of the scopes that we have, all of them where none is named; `offline_access` comes and goes with
    the grant type `refresh_token`.
    """
    asked = members.words(document, "scope")
    scopes = [scope for scope in SCOPES if scope != _OFFLINE and (asked is None or scope in asked)]
    if not scopes:
        raise refused(f"scope must have one of {', '.join(scope for scope in SCOPES if scope != _OFFLINE)}")
    return tuple(scopes) + ((_OFFLINE,) if REFRESH in grant_types else ())


def _names(document: Document, redirect_uris: Collection[str]) -> tuple[str, str]:
    """Returns the names that people read when they are asked about the client, in Chinese and in English; the host of
    its answers where it has none.
    """
    first = urlsplit(next(iter(redirect_uris), ""))
    place = (first.hostname or first.scheme)[: members.LONGEST_NAME]
    zh, en = (place, place) if place else _UNNAMED
    if "client_name" in document:
        zh = en = members.line(document, "client_name", "")
    return members.line(document, "client_name#zh-Hans", zh), members.line(document, "client_name#en", en)


def _redirect_uris(document: Document, *, native: bool, needed: bool) -> tuple[str, ...]:
    try:
        uris = members.uris(document, "redirect_uris", native=native)
    except OAuthError as error:
        raise OAuthError("invalid_redirect_uri", error.description) from error
    if needed and not uris:
        raise OAuthError("invalid_redirect_uri", "redirect_uris needs at least one address")
    return uris


def _signed(document: Document, *, has_keys: bool) -> bool:
    signed = members.flag(document, "require_signed_request_object")
    if signed and not has_keys:
        raise refused("require_signed_request_object needs jwks or jwks_uri")
    return signed


def _sector(redirect_uris: Collection[str], grant_types: Collection[str], uri: str | None) -> str:
    """Returns the host that pairwise subjects are made for (OpenID Connect Core section 8.1).

    A device gets its tokens without a redirect URI, so nothing would show that it belongs to the host.
    """
    if DEVICE in grant_types:
        raise refused("subject_type pairwise cannot be had with the grant type of devices")
    places = [urlsplit(each) for each in redirect_uris]
    hosts = {place.hostname for place in places}
    if uri is not None:
        return str(urlsplit(uri).hostname)
    if len(hosts) != 1 or any(place.scheme != "https" for place in places):
        raise refused("subject_type pairwise needs sector_identifier_uri unless all redirect URIs have one https host")
    return str(hosts.pop())
