"""The client that posts logout tokens to relying parties (OpenID Connect Back-Channel Logout 1.0 section 2.5)."""

import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

_TIMEOUT = httpx.Timeout(5.0, connect=3.0)


class NotConfirmed(Exception):
    """States that the relying party did not confirm; `code` says why, for the board."""

    def __init__(self, code: str, their_time: datetime | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.their_time = their_time
        """Time of the relying party's clock; None where it did not answer with one."""


class RelyingParties:
    """Posts to registered addresses and follows no redirect, since its target is not registered."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)

    async def tell(self, uri: str, logout_token: str) -> datetime | None:
        """Posts the token; returns the time of the relying party's clock, None where it names none. Raises
        NotConfirmed.
        """
        try:
            answer = await self._client.post(uri, data={"logout_token": logout_token})
        except httpx.TimeoutException as error:
            raise NotConfirmed("TIMEOUT") from error
        except httpx.ConnectError as error:
            tls = isinstance(error.__context__, ssl.SSLError) or "certificate" in str(error).lower()
            raise NotConfirmed("TLS" if tls else "UNREACHABLE") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotConfirmed("BROKEN_ANSWER") from error
        if answer.status_code not in {httpx.codes.OK, httpx.codes.NO_CONTENT}:
            raise NotConfirmed(f"HTTP_{answer.status_code}", _their_time(answer))
        return _their_time(answer)

    async def close(self) -> None:
        await self._client.aclose()


def _their_time(answer: httpx.Response) -> datetime | None:
    """Returns the `Date` of the answer (RFC 9110 section 6.6.1); None where it has none, or a wrong one."""
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
