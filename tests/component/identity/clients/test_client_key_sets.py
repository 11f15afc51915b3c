"""Keys at a client's `jwks_uri`: fetched once, kept for a while, fetched again for a new key, and never too often."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey
from pingshan_identity.clients import client_key_sets
from pingshan_identity.clients.client_documents import ClientDocuments, DocumentUnread
from pingshan_identity.clients.client_key_sets import FETCHES, ClientKeySets
from pingshan_identity.domain.clients.client import AuthMethod, Client, ClientKind
from pingshan_identity.domain.oauth_error import OAuthError


def key(kid: str) -> dict[str, Any]:
    return dict(ECKey.generate_key("P-256").as_dict(private=False)) | {"kid": kid}


OLD, NEW = key("old"), key("new")
CLIENT = Client(
    client_id="c-1",
    name_zh="",
    name_en="",
    kind=ClientKind.DISTRICT,
    owner="water",
    auth_method=AuthMethod.PRIVATE_KEY_JWT,
    grant_types=frozenset(),
    redirect_uris=(),
    post_logout_redirect_uris=(),
    realms=frozenset(),
    audiences=frozenset(),
    open_to=frozenset(),
    launch_uri=None,
    required_level=2,
    third_party=True,
    jwks_uri="https://rp.example/jwks",
)


class Published(ClientDocuments):
    """Stands for the client's own server: what it publishes, or why it does not."""

    def __init__(self, document: Any) -> None:
        self.document, self.read_for, self.answering = document, list[tuple[str, bool]](), asyncio.Event()
        self.answering.set()

    async def read(self, uri: str, *, third_party: bool) -> Any:
        self.read_for.append((uri, third_party))
        await self.answering.wait()
        if isinstance(self.document, DocumentUnread):
            raise self.document
        return self.document


@pytest.fixture
def published() -> Published:
    return Published({"keys": [OLD]})


async def test_what_is_registered_is_not_fetched(published: Published) -> None:
    registered = replace(CLIENT, jwks_uri=None, jwks={"keys": [NEW]})
    assert await ClientKeySets(published).named(registered, "new", "ES256") == NEW
    assert not published.read_for


async def test_keys_are_fetched_once_and_kept(published: Published) -> None:
    sets = ClientKeySets(published)
    for _ in range(3):
        assert await sets.named(CLIENT, "old", "ES256") == OLD
    assert await sets.named(CLIENT, None, "ES256") == OLD
    assert published.read_for == [("https://rp.example/jwks", True)]


async def test_a_new_key_is_found_by_its_name_at_once(published: Published) -> None:
    sets = ClientKeySets(published)
    assert await sets.named(CLIENT, "old", "ES256") == OLD
    published.document = {"keys": [OLD, NEW]}
    assert await sets.named(CLIENT, "new", "ES256") == NEW
    assert len(published.read_for) == 2


async def test_unknown_names_cost_a_few_calls_in_a_while(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = ClientKeySets(published)
    for number in range(20):
        assert await sets.named(CLIENT, f"unknown-{number}", "ES256") is None
    assert len(published.read_for) == FETCHES
    assert await sets.named(CLIENT, "old", "ES256") == OLD
    monkeypatch.setattr(client_key_sets, "WINDOW", 0)
    assert await sets.named(CLIENT, "unknown", "ES256") is None
    assert len(published.read_for) == FETCHES + 1


async def test_who_asks_at_the_same_time_waits_for_one_answer(published: Published) -> None:
    sets = ClientKeySets(published)
    published.answering.clear()
    asking = [asyncio.create_task(sets.named(CLIENT, kid, "ES256")) for kid in ["old", "unknown"] * 5]
    await asyncio.sleep(0)
    published.answering.set()
    assert await asyncio.gather(*asking) == [OLD, None] * 5
    assert len(published.read_for) == 1


@pytest.mark.parametrize("document", [DocumentUnread("TIMEOUT"), {"keys": []}, "no keys", {"keys": [{"k": "secret"}]}])
async def test_what_cannot_be_read_is_a_clear_refusal(document: Any) -> None:
    published = Published(document)
    sets = ClientKeySets(published)
    for _ in range(9):
        with pytest.raises(OAuthError, match=r"invalid_client: the keys at jwks_uri cannot be read: \w"):
            await sets.named(CLIENT, "old", "ES256")
    assert len(published.read_for) == FETCHES


async def test_a_withdrawn_key_counts_no_longer_than_it_may(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = ClientKeySets(published)
    assert await sets.named(CLIENT, "old", "ES256") == OLD
    monkeypatch.setattr(client_key_sets, "WINDOW", 0)
    published.document = DocumentUnread("UNREACHABLE")
    assert await sets.named(CLIENT, "old", "ES256") == OLD, "kept, so that a short outage of theirs is none of ours"
    monkeypatch.setattr(client_key_sets, "KEPT", 0)
    with pytest.raises(OAuthError, match="UNREACHABLE"):
        await sets.named(CLIENT, "old", "ES256")
    published.document = {"keys": [NEW]}
    monkeypatch.setattr(client_key_sets, "KEPT", 300)
    assert await sets.named(CLIENT, "new", "ES256") == NEW
    assert await sets.named(CLIENT, "old", "ES256") is None


async def test_an_address_that_the_client_left_is_forgotten(published: Published) -> None:
    sets = ClientKeySets(published)
    assert await sets.named(CLIENT, "old", "ES256") == OLD
    published.document = {"keys": [NEW]}
    assert await sets.named(replace(CLIENT, jwks_uri="https://rp.example/other"), "new", "ES256") == NEW


async def test_memory_is_bounded(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_key_sets, "MOST_CLIENTS", 2)
    sets = ClientKeySets(published)
    for number in (1, 2, 3, 1):
        await sets.named(replace(CLIENT, client_id=f"c-{number}"), "old", "ES256")
    assert len(published.read_for) == 4
