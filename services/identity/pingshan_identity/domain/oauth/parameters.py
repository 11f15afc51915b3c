"""Parameters of an OAuth request: each comes at most once, an empty one counts as left out (RFC 6749 section 3.1).

The kit's door has refused a query or form that is not UTF-8 (RFC 6749 appendix B) or holds NUL, so that a value,
`state` above all, goes back byte by byte.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from pingshan_identity.domain.oauth_error import OAuthError

MAX_LENGTH = 2048
"""Most characters of one value, where its own rule allows no more."""
_MOST = 50


def read_query(query: str) -> Sequence[tuple[str, str]]:
    """Returns names and values of a query, in their order. Raises ValueError where there are more than 50."""
    return bounded(parse_qsl(query, keep_blank_values=True))


def bounded(pairs: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """Returns the names and values of a request. Raises ValueError where there are more than 50."""
    if len(pairs) > _MOST:
        raise ValueError("too many parameters")
    return pairs


class Parameters:
    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value:
                self._values.setdefault(name, []).append(value)

    def get(self, name: str, *, longest: int = MAX_LENGTH) -> str | None:
        """Returns the value of a parameter of at most `longest` characters; None where it was not sent, or was empty.

        Raises:
            OAuthError: `invalid_request`, it was sent twice or is too long.
        """
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise OAuthError("invalid_request", f"{name} was sent more than once")
        if len(values[0]) > longest:
            raise OAuthError("invalid_request", f"{name} is longer than {longest} characters")
        return values[0]

    def require(self, name: str, *, longest: int = MAX_LENGTH) -> str:
        """Returns the value of a parameter of at most `longest` characters that must be there.

        Raises:
            OAuthError: `invalid_request`, it is missing, was sent twice or is too long.
        """
        value = self.get(name, longest=longest)
        if value is None:
            raise OAuthError("invalid_request", f"{name} is required")
        return value


def single(pairs: Iterable[tuple[str, str]], name: str) -> str | None:
    """Returns the value of a parameter; None where it was left out, is empty, or was sent more than once."""
    values = [value for key, value in pairs if key == name and value]
    return values[0] if len(values) == 1 else None
