"""OpenID Connect Core section 8."""

from dataclasses import replace
from hashlib import sha256

from pingshan_identity.domain.oauth.subject_identifier import subject_of

from tests.support.identity.samples import SYSTEM

ANN, BOB = "0198a5c0-0000-7000-8000-000000000001", "0198a5c0-0000-7000-8000-000000000002"


def keyed_hash(text: str) -> bytes:
    return sha256(b"key" + text.encode()).digest()


def test_a_public_subject_is_the_person_everywhere() -> None:
    assert subject_of(SYSTEM, ANN, keyed_hash) == subject_of(replace(SYSTEM, client_id="x"), ANN, keyed_hash) == ANN


def test_a_pairwise_subject_is_one_per_sector_and_person() -> None:
    app = replace(SYSTEM, subject_type="pairwise", sector_identifier="rp.example")
    sister = replace(app, client_id="sister")
    stranger = replace(app, sector_identifier="other.example")
    sub = subject_of(app, ANN, keyed_hash)
    assert sub == subject_of(app, ANN, keyed_hash) == subject_of(sister, ANN, keyed_hash)
    assert len({ANN, sub, subject_of(app, BOB, keyed_hash), subject_of(stranger, ANN, keyed_hash)}) == 4
    assert len(sub) == 43
    assert sub.isascii()
    assert sub != subject_of(app, ANN, lambda text: sha256(text.encode()).digest())


def test_without_a_sector_no_two_clients_share_a_subject() -> None:
    alone = replace(SYSTEM, subject_type="pairwise", sector_identifier=None)
    other = replace(alone, client_id="other")
    assert ANN != subject_of(alone, ANN, keyed_hash) != subject_of(other, ANN, keyed_hash)
