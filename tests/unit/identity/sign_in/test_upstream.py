"""Whether what an upstream proves contradicts what is known, and whose visit to it comes back."""

import pytest
from pingshan_identity.domain.errors import UpstreamStateUnknown, UpstreamUnknown
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import (
    KeptVisit,
    Known,
    Proven,
    Purpose,
    Upstream,
    UpstreamKind,
    contradicts,
    require_visit,
)

A, B = "440310199003070015", "440310198502140001"


@pytest.mark.parametrize(
    ("known", "proven", "contradiction"),
    [
        (Known("p", "", None, 1), Proven("s", "何新来", A), False),
        (Known("p", "小何", None, 1), Proven("s", "何新来", A), False),
        (Known("p", "何新来", A, 2), Proven("s", "何新来", A), False),
        (Known("p", "何新来", A, 2), Proven("s"), False),
        (Known("p", "何新来", A, 2), Proven("s", "何新来", B), True),
        (Known("p", "", A, 1), Proven("s", "何新来", B), True),
        (Known("p", "何新来", A, 2), Proven("s", "何旧来", A), True),
    ],
)
def test_contradictions(known: Known, proven: Proven, contradiction: bool) -> None:
    assert contradicts(known, proven) is contradiction


def test_a_real_name_is_a_name_with_its_number() -> None:
    assert Proven("s", "何新来", A).is_real_name
    assert not Proven("s", "何新来").is_real_name
    assert not Proven("s", None, A).is_real_name


def test_a_number_of_somebody_else_contradicts() -> None:
    known, proven = Known("p", "", None, 1), Proven("s", "何新来", A)
    assert contradicts(known, proven, owner=Known("q", "何新来", A, 2))
    assert not contradicts(known, proven, owner=known)


def test_a_telephone_is_where_somebody_new_begins() -> None:
    assert Proven("s", "何新来", A, mobile="+8613800000001").level_of_new == 1
    assert Proven("s", "何新来", A).level_of_new == 0


def test_a_link_comes_back_to_who_began_it() -> None:
    to_sign_in = KeptVisit(Purpose.SIGN_IN, "", "", None, "/")
    to_link = KeptVisit(Purpose.LINK, "", "", "p", "/")
    assert require_visit(to_sign_in, None) is to_sign_in
    assert require_visit(to_link, "p") is to_link
    for kept, person_id in ((None, "p"), (to_link, "q"), (to_link, None)):
        with pytest.raises(UpstreamStateUnknown):
            require_visit(kept, person_id)


def test_an_upstream_is_linked_within_its_realm() -> None:
    upstream = Upstream("ga", UpstreamKind.OIDC, "", "", Realm.PUBLIC, "", "", "")
    upstream.require_realm(Realm.PUBLIC)
    with pytest.raises(UpstreamUnknown):
        upstream.require_realm(Realm.STAFF)
