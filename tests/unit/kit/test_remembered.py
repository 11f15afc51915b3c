"""That a signature was right is remembered: by the token and the key, for a minute, and nothing else of it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from pingshan_kit.trust import jose
from pingshan_kit.trust.access_tokens import AccessTokens
from pingshan_kit.trust.remembered import MOST, SECONDS, RememberedTokens

ISSUER = "https://identity.example"


class Keys:
    """What `IssuerKeys` says of one key, or that it counts no longer."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", parameters={"kid": "one"})
        self.withdrawn = False

    async def get(self, kid: str) -> ECKey:
        if self.withdrawn or kid != "one":
            raise jose.TokenRefused("withdrawn kid")
        return self.key


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def tokens(keys: Keys) -> AccessTokens:
    return AccessTokens("e-license", ISSUER, keys)  # type: ignore[arg-type]


def token(keys: Keys, **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "e-license", "sub": "somebody", "iat": now, "exp": now + 300} | changed
    return jose.sign(claims, keys.key, "at+jwt")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tokens whose signatures were computed."""
    found: list[str] = []
    ordinary = jws.deserialize_compact

    def noted(value: bytes, *arguments: Any, **options: Any) -> Any:
        found.append(value.decode())
        return ordinary(value, *arguments, **options)

    monkeypatch.setattr(jws, "deserialize_compact", noted)
    return found


async def refused(tokens: AccessTokens, shown: str) -> str:
    with pytest.raises(jose.TokenRefused) as error:
        await tokens.claims(shown)
    return str(error.value.params["why"])


async def test_it_is_computed_once(keys: Keys, tokens: AccessTokens, computed: list[str]) -> None:
    one, other = token(keys), token(keys, sub="somebody else")
    first = await tokens.claims(one)
    first["sub"] = "changed by whoever got it"
    assert (await tokens.claims(one))["sub"] == "somebody"
    assert (await tokens.claims(other))["sub"] == "somebody else"
    assert computed == [one, other]


async def test_after_a_minute_again(
    keys: Keys, tokens: AccessTokens, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, now = token(keys), time.monotonic()
    await tokens.claims(shown)
    monkeypatch.setattr(time, "monotonic", lambda: now + SECONDS + 1)
    await tokens.claims(shown)
    assert len(computed) == 2


def withdraw(keys: Keys) -> None:
    keys.withdrawn = True


def replace(keys: Keys) -> None:
    keys.key = ECKey.generate_key("P-256", parameters={"kid": "one"})


@pytest.mark.parametrize(("change", "why"), [(withdraw, "withdrawn kid"), (replace, "signature")])
async def test_a_key_that_counts_no_longer(
    keys: Keys, tokens: AccessTokens, change: Callable[[Keys], None], why: str
) -> None:
    shown = token(keys)
    await tokens.claims(shown)
    change(keys)
    assert await refused(tokens, shown) == why


async def test_its_end_is_seen(keys: Keys, tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, now = token(keys), time.time()
    await tokens.claims(shown)
    monkeypatch.setattr(time, "time", lambda: now + 301 + jose.LEEWAY)
    assert await refused(tokens, shown) == "expired"


@pytest.mark.parametrize("changed", [{"aud": "alerts"}, {"iss": "https://other.example"}, {"exp": 1}])
async def test_a_refusal_is_not_remembered(
    keys: Keys, tokens: AccessTokens, computed: list[str], changed: dict[str, Any]
) -> None:
    shown = token(keys, **changed)
    assert await refused(tokens, shown) == await refused(tokens, shown)
    assert len(computed) == 2


async def test_what_looks_like_a_known_one_is_another(keys: Keys, tokens: AccessTokens) -> None:
    shown = token(keys)
    await tokens.claims(shown)
    head, body, signature = shown.split(".")
    for other in (f"{head}.{body}.{signature[:-4]}AAAA", f"{shown}=", f" {shown}", f"{head}.{body}.", "\ud800"):
        assert await refused(tokens, other)


def test_it_never_grows_without_end() -> None:
    memory = RememberedTokens()
    for number in range(MOST + 1):
        memory.claims(f"{number}", "kid", memory, dict)
    assert (memory.kid("0"), memory.kid(f"{MOST}")) == (None, "kid")
