"""A name that is proven keeps the one passkey and the one subject that were shown, and no stranger's beside them."""

from collections.abc import AsyncIterator

import pytest

from tests.security.identity.test_recycled_numbers import SIGN_IN, by_passkey, owner_with_passkey
from tests.support.alerts.fake import FakeAlerts
from tests.support.identity.authenticator import Authenticator
from tests.support.identity.parties import Identity
from tests.support.identity.passkeys import begin, give, register
from tests.support.identity.upstreams import back, choose, off_to_link, onward
from tests.support.platform import BoundService


@pytest.fixture(scope="module")
async def alerts(bound_identity: BoundService, identity: Identity) -> AsyncIterator[FakeAlerts]:
    fake = await FakeAlerts(bound_identity.fields["rpc_alerts"]).start()
    yield fake
    await fake.stop()


async def test_of_two_passkeys_a_proven_name_keeps_the_one_that_was_shown(
    identity: Identity, alerts: FakeAlerts, simulators: str
) -> None:
    page, strangers = await owner_with_passkey(identity, alerts, "13900000032")
    own = Authenticator(identity.url, synced=True)
    assert register(page, own).status_code == 303
    owner = identity.browser()
    shown, asked = begin(owner, sign_in=SIGN_IN)
    assert give(owner, shown, asked["attempt"], own.get(asked["publicKey"]), sign_in=SIGN_IN).status_code == 303
    identity.execute(
        "INSERT INTO upstream_identity (provider, subject_index, person_id, linked_at) SELECT 'gd-unified', '\\x02', "
        "person_id, now() FROM passkey WHERE credential_id = $1",
        own.credential_id,
    )
    assert onward(back(owner, choose(off_to_link(owner, "gd-unified"), "gd-0103"))) == "/account/upstreams"
    assert by_passkey(identity, strangers)[0] == 401
    assert by_passkey(identity, own)[0] == 303
    assert identity.execute("SELECT 1 FROM upstream_identity WHERE subject_index = '\\x02'") == []
