"""`pingshan log` and `pingshan status-list`, offline and by files: what is proven, and everything that is refused."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import ECKey
from pingshan_kit.trust import jose
from pingshan_tools.command import app
from pingshan_values.log_proof import InclusionProof, Opening, canonical, commitment, leaf_members
from pingshan_values.merkle import CompactRange, leaf_hash
from pingshan_values.signed_note import Checkpoint, VerifierKey, signed
from pingshan_values.status_list import compressed, packed
from typer.testing import CliRunner, Result

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
LOG = VerifierKey("localhost:18082/log", KEY.public_key().public_bytes_raw())
OPENING = Opening(bytes(32), {"license_id": "1", "standing": "revoked"})
LEAF = leaf_members(
    entry_id="019aca47-3f00-7000-8000-000000000001",
    kind="license.changed",
    committed=commitment(OPENING.salt, OPENING.content),
    recorded_at=datetime(2026, 11, 30, 8, tzinfo=UTC),
)
LEAVES = [leaf_hash(b"first"), leaf_hash(canonical(LEAF)), leaf_hash(b"third")]
URI = "http://localhost:18082/status-lists/food-business-permit/1"
ISSUER = ECKey.generate_key("P-256", {"kid": "ours"})


def head(size: int, leaves: list[bytes] = LEAVES) -> str:
    every = CompactRange()
    for each in leaves[:size]:
        every.append(each)
    return signed(Checkpoint(LOG.name, size, every.root()), LOG, KEY.sign)


PROOF = InclusionProof(LEAF, 1, [LEAVES[0], LEAVES[2]], head(3), OPENING)
CONSISTENCY = {"proof": [b64encode(LEAVES[2]).decode()]}


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, Any], str]:
    def written(name: str, content: Any) -> str:
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(file)

    return written


Put = Callable[[str, Any], str]


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def refused(result: Result) -> str:
    assert result.exit_code == 1
    return str(result.exception)


def test_a_proof_is_verified_offline(put: Put) -> None:
    result = ran("log", "verify", "--proof", put("proof", PROOF.document()), "--key", str(LOG))
    assert result.exit_code == 0
    assert "entry 1 of 3 of localhost:18082/log" in result.output
    assert '"standing": "revoked"' in result.output


def test_the_key_may_stand_in_a_file(put: Put) -> None:
    arguments = ("log", "verify", "--proof", put("proof", PROOF.document()), "--key", put("key", str(LOG)))
    assert ran(*arguments).exit_code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"index": 0}, "another root"),
        ({"index": 3}, "past the end"),
        ({"index": True}, "wrong type"),
        ({"proof": []}, "too short"),
        ({"proof": [b64encode(b"x" * 32).decode()] * 2}, "another root"),
        ({"proof": ["!"] * 2}, "no base64"),
        ({"leaf": dict(LEAF) | {"kind": "license.issued"}}, "another root"),
        ({"leaf": {}}, "leaf has not"),
        ({"opening": {"salt": "AA", "content": {}}}, "committed"),
        ({"opening": OPENING.document() | {"content": {"license_id": "1", "standing": "valid"}}}, "committed"),
        ({"opening": OPENING.document() | {"content": {"n": 1.5}}}, "no settled JSON"),
        ({"opening": []}, "opening has not"),
        ({"checkpoint": head(3).replace("\n3\n", "\n4\n")}, "signature is wrong"),
        ({"checkpoint": "nothing"}, "no signature"),
    ],
)
def test_a_changed_proof_is_refused(put: Put, change: Mapping[str, Any], said: str) -> None:
    document = PROOF.document() | change
    assert said in refused(ran("log", "verify", "--proof", put("proof", document), "--key", str(LOG)))


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_what_is_no_proof_is_refused(put: Put, content: str) -> None:
    assert "REFUSED" in refused(ran("log", "verify", "--proof", put("proof", content), "--key", str(LOG)))


def test_another_key_is_refused(put: Put) -> None:
    other = VerifierKey(LOG.name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    arguments = ("log", "verify", "--proof", put("proof", PROOF.document()), "--key", str(other))
    assert "did not sign" in refused(ran(*arguments))
    assert "the key" in refused(ran(*arguments[:-1], "nonsense"))


def test_a_log_that_grew_is_the_one_seen_before(put: Put) -> None:
    arguments = ("log", "verify", "--proof", put("proof", PROOF.document()), "--key", str(LOG))
    seen = ("--checkpoint", put("seen", head(2)))
    assert "only grew" in ran(*arguments, *seen, "--consistency", put("joined", CONSISTENCY)).output
    assert "only grew" in ran(*arguments, "--checkpoint", put("same", head(3))).output
    assert "--consistency or --log" in refused(ran(*arguments, *seen))
    assert "too short" in refused(ran(*arguments, *seen, "--consistency", put("joined", {"proof": []})))
    assert "no answer of" in refused(ran(*arguments, *seen, "--consistency", put("joined", {})))


def test_a_log_with_another_past_is_refused(put: Put) -> None:
    arguments = ("log", "verify", "--proof", put("proof", PROOF.document()), "--key", str(LOG))
    others = [leaf_hash(b"other"), *LEAVES[1:]]
    joined = ("--consistency", put("joined", CONSISTENCY))
    assert "seen before" in refused(ran(*arguments, "--checkpoint", put("seen", head(2, others)), *joined))
    assert "different trees" in refused(ran(*arguments, "--checkpoint", put("seen", head(3, others))))


def export(put: Put, leaves: list[bytes]) -> tuple[str, ...]:
    lines = "".join(f"{b64encode(each).decode()}\n" for each in leaves)
    return ("log", "walk", "--key", str(LOG), "--export", put("export", lines))


def test_the_whole_log_is_walked_and_remembered(put: Put, tmp_path: Path) -> None:
    remembered = ("--remembered", str(tmp_path / "remembered"))
    first = ran(*export(put, LEAVES[:2]), "--head", put("head", head(2)), *remembered)
    assert "All 2 entries lead to the signed root." in first.output
    second = ran(*export(put, LEAVES), "--head", put("head", head(3)), *remembered)
    assert "1 more than at the last walk" in second.output
    back = ran(*export(put, LEAVES[:2]), "--head", put("head", head(2)), *remembered)
    assert "rolled back: it had 3 entries and has 2" in refused(back)
    others = [leaf_hash(b"other"), *LEAVES[1:], leaf_hash(b"fourth")]
    another_past = ran(*export(put, others), "--head", put("head", head(4, others)), *remembered)
    assert "not those that were seen before" in refused(another_past)


@pytest.mark.parametrize(
    ("leaves", "said"),
    [
        (LEAVES[:2], "3 were signed"),
        ([*LEAVES, leaf_hash(b"more")], "more leaf hashes"),
        ([LEAVES[1], LEAVES[0], LEAVES[2]], "do not lead"),
    ],
)
def test_leaf_hashes_that_were_not_signed_are_refused(put: Put, leaves: list[bytes], said: str) -> None:
    assert said in refused(ran(*export(put, leaves), "--head", put("head", head(3))))


def test_walk_needs_something_to_walk() -> None:
    assert "give --log" in refused(ran("log", "walk", "--key", str(LOG)))


def status_arguments(put: Put, *, index: int = 3, **changed: Any) -> tuple[str, ...]:
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "sub": URI,
        "iat": now - 10,
        "exp": now + 1000,
        "ttl": 60,
        "status_list": {"bits": 2, "lst": compressed(packed({3: 1, 5: 2}, 16, 2))},
    }
    claims = {name: value for name, value in (claims | changed).items() if value is not None}
    token = jose.sign(claims, ISSUER, "statuslist+jwt")
    keys = {"keys": [ISSUER.as_dict(private=False)]}
    files = ("--list", put("list", token), "--jwks", put("jwks", keys))
    return ("status-list", "check", *files, "--uri", URI, "--index", str(index))


@pytest.mark.parametrize(("index", "word"), [(0, "VALID"), (3, "INVALID"), (5, "SUSPENDED")])
def test_what_a_list_says(put: Put, index: int, word: str) -> None:
    result = ran(*status_arguments(put, index=index))
    assert result.output.startswith(f"{word}, as of 1")


def test_a_list_is_refused(put: Put, tmp_path: Path) -> None:
    assert "past the end" in refused(ran(*status_arguments(put, index=16)))
    assert "no exp" in refused(ran(*status_arguments(put, exp=None)))
    assert "expired" in refused(ran(*status_arguments(put, exp=1)))
    seen = ("--seen", str(tmp_path / "seen"))
    assert ran(*status_arguments(put), *seen).exit_code == 0
    assert "rolled back" in refused(ran(*status_arguments(put, iat=int(datetime.now(UTC).timestamp()) - 60), *seen))


def test_a_list_of_another_key_or_kind_is_refused(put: Put) -> None:
    arguments = status_arguments(put)
    stranger = ECKey.generate_key("P-256", {"kid": "ours"})
    keys = {"keys": [stranger.as_dict(private=False)]}
    assert "not signed" in refused(ran(*arguments, "--jwks", put("others", keys)))
    token = jose.sign({"sub": URI}, ISSUER, "dc+sd-jwt")
    assert "not signed" in refused(ran(*arguments, "--list", put("kind", token)))
    assert "not signed" in refused(ran(*arguments, "--list", put("text", "nothing")))
