"""`Actor` as it is written down: claims of an access token, the person within a service token, a page session's row.

Tokens use the names of OpenID Connect, rows those of `Actor`. Which field each of the three carries stands here and
nowhere else; a field that a form does not carry is not read from it, whoever wrote it there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pingshan_values.actor import Actor, ActorKind

from pingshan_kit.trust.jose import TokenRefused


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _optional(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError
    return tuple(value)


def _roles(value: Any) -> frozenset[str]:
    return frozenset(_texts(value))


def _realm(value: Any) -> str | None:
    if value not in (None, "staff", "public"):
        raise ValueError
    return _optional(value)


def _level(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return int(value)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "person_id": _text,
    "name": _optional,
    "realm": _realm,
    "organisation": lambda value: _optional(value) or None,
    "posts": _texts,
    "roles": _roles,
    "acr": _level,
    "session_id": _optional,
    "grant_id": _optional,
    "act_for": _texts,
    "client_id": _optional,
}
_CLAIMS = {"person_id": "sub", "session_id": "sid", "grant_id": "grant", "organisation": "org"}
"""Fields whose claim has another name."""

_SERVICE_TOKEN = ("person_id", "realm", "organisation", "posts", "acr", "session_id", "grant_id", "act_for")
"""No roles: those of the caller's audience mean nothing at the callee. No name: the callee knows it or asks."""
_ACCESS_TOKEN = (*_SERVICE_TOKEN, "roles", "client_id")
_CLIENT = ("client_id", "organisation", "roles")
_ROW = (*_ACCESS_TOKEN, "name")
_DEMANDED = ("sid", "realm", "acr")
"""Claims that identity puts into every access token of a person."""


def from_access_token(claims: Mapping[str, Any]) -> Actor:
    """Returns the person or the agency's system of a token's claims (RFC 9068).

    Raises TokenRefused where a claim is missing or malformed.
    """
    if claims.get("sub") != claims.get("client_id"):
        return person_from_access_token(claims)
    client = _fields(claims, _CLIENT, _CLAIMS)
    return Actor(kind=ActorKind.CLIENT, **client | {"client_id": _field(claims, "sub", _text)})


def person_from_access_token(claims: Mapping[str, Any], name: str | None = None) -> Actor:
    """Returns the person of a token's claims; `name` stands in the ID token. Raises TokenRefused."""
    for demanded in _DEMANDED:
        if claims.get(demanded) in (None, ""):
            raise TokenRefused(demanded)
    return Actor(kind=ActorKind.PERSON, name=name, **_fields(claims, _ACCESS_TOKEN, _CLAIMS))


def to_service_token(person: Actor) -> dict[str, Any]:
    """Returns the claims that tell a sibling for whom a service calls."""
    return {_CLAIMS.get(field, field): value for field, value in _document(person, _SERVICE_TOKEN).items()}


def from_service_token(claims: Mapping[str, Any], service: str) -> Actor:
    """Returns the person for whom `service` says that it calls, without roles. Raises TokenRefused."""
    try:
        return Actor(kind=ActorKind.PERSON, service=service, **_fields(claims, _SERVICE_TOKEN, _CLAIMS))
    except TokenRefused as error:
        raise TokenRefused(f"{error.params['why']} of the person") from error


def to_row(person: Actor) -> dict[str, Any]:
    """Returns a signed-in person as JSON can hold it. It is personal data: its column is encrypted."""
    return _document(person, _ROW)


def from_row(document: Mapping[str, Any]) -> Actor:
    """Returns the person that `to_row` wrote, also from a row of an older version. Raises TokenRefused."""
    return Actor(kind=ActorKind.PERSON, **_fields(document, _ROW, {}))


def _document(person: Actor, fields: tuple[str, ...]) -> dict[str, Any]:
    values = {field: getattr(person, field) for field in fields}
    return {field: _listed(value) if isinstance(value, tuple | frozenset) else value for field, value in values.items()}


def _listed(values: tuple[str, ...] | frozenset[str]) -> list[str]:
    return sorted(values) if isinstance(values, frozenset) else list(values)


def _fields(document: Mapping[str, Any], fields: tuple[str, ...], names: Mapping[str, str]) -> dict[str, Any]:
    return {field: _field(document, names.get(field, field), _READ[field]) for field in fields}


def _field(document: Mapping[str, Any], name: str, read: Callable[[Any], Any]) -> Any:
    try:
        return read(document.get(name))
    except (ValueError, TypeError) as error:
        raise TokenRefused(name) from error
