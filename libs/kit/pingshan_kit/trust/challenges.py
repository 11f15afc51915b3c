"""What a request without a token, or with a wrong one, is told by `WWW-Authenticate` (RFC 6750 section 3, RFC 9449
section 7.1).
"""

from typing import Literal

from pingshan_kit.trust import dpop

Scheme = Literal["Bearer", "DPoP"]
REALM = "pingshan"
_UNQUOTABLE = '"\\'


def presented(authorization: str) -> tuple[Scheme, str] | None:
    """Returns the scheme and the access token of an `Authorization` header; None where it has none of ours."""
    name, _, token = authorization.partition(" ")
    scheme: Scheme | None = {"bearer": "Bearer", "dpop": "DPoP"}.get(name.lower())  # type: ignore[assignment]
    return (scheme, token) if scheme is not None and token else None


def challenges(scheme: Scheme | None, **attributes: str) -> str:
    """Returns a challenge for each scheme, the used one first, with what went wrong: `error` and what belongs to it.

    `scheme`: the one that the token came by; None where none came, so that there is no error to tell.
    """
    own: dict[Scheme, dict[str, str]] = {
        "Bearer": {"realm": REALM},
        "DPoP": {"realm": REALM, "algs": " ".join(dpop.ALGORITHMS)},
    }
    own[scheme or "Bearer"] |= attributes
    used_first = sorted(own, key=lambda name: name != (scheme or "Bearer"))
    return ", ".join(f"{name} {_written(own[name])}" for name in used_first)


def bearer_challenge(**attributes: str) -> str:
    """Returns the challenge of a resource that takes its token as a bearer token alone; `attributes`: what went wrong,
    nothing where no token came.
    """
    return f"Bearer {_written({'realm': REALM} | attributes)}"


def _written(attributes: dict[str, str]) -> str:
    return ", ".join(f'{name}="{_quotable(value)}"' for name, value in attributes.items())


def _quotable(text: str) -> str:
    """Returns the text in the characters that the values of these attributes may have (RFC 6750 section 3)."""
    return "".join(each if " " <= each <= "~" and each not in _UNQUOTABLE else "'" for each in text)
