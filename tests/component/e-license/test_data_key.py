"""A new data key at e-license: licences are still found by holder, order and serial number, and read.

`license_transition` is append-only: the service changes the encryption of its reasons, and nothing else of it.
"""

from datetime import UTC, datetime

from pingshan_e_license.clients.receipt_signer import ReceiptSigner
from pingshan_e_license.domain.license import Act, Standing, Transition
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.life_cycle import licenses, transitions
from pingshan_e_license.store.life_cycle.licenses import Criteria, NewLicense
from pingshan_e_license.store.sharing import consents, data_uses
from pingshan_e_license.store.tables import metadata
from pingshan_e_license.usecases.uses import Uses
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from tests.support.data_keys import rotated
from tests.support.e_license.orders import COMPANY_CODE, a_license
from tests.support.e_license.sharing import a_consent, a_use
from tests.support.platform import TestPlatform

ORDER, IDENTIFIER = "what was ordered", "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.A1.001.T"


async def test_after_a_rotation_every_licence_is_found_and_read_with_the_new_key(platform: TestPlatform) -> None:
    settings = platform.service("e-license", seeded=True).settings(Settings)
    database, before = Database.from_settings(settings), PersonalData.from_settings(settings)
    new, when = a_license(IDENTIFIER), datetime(2026, 11, 23, tzinfo=UTC)
    revoked = Transition(
        1, Standing.REVOKED, when, when, "amr-issuer", "过期原料", "食品安全法 第一百二十四条", act=Act.REVOKE
    )
    names, order = frozenset({"legal_representative"}), before.index(ORDER)
    asked = a_consent()
    async with database.begin() as tx:
        await consents.add(tx, before, asked)
        [used] = await Uses(before, ReceiptSigner.from_settings(settings), "").record(tx, [a_use()])
        await data_uses.keep_answer(tx, before, used.use, {"predicates": {}})
        assert await licenses.add_all(tx, before, [NewLicense(new, names, order)]) == {new.license_id}
        await transitions.add_all(tx, before, [(new.license_id, revoked)])
        known = await licenses.by_id(tx, before, new.license_id)
    after = await rotated(database, settings, metadata)
    criteria = Criteria(type=new.type, holder_codes=(COMPANY_CODE,))
    async with database.read() as tx:
        assert await licenses.page(tx, after, criteria, before=None, limit=9) == [known]
        known_serial = await licenses.by_serial(tx, new.type, new.serial_number)
        assert known_serial is not None
        assert known_serial[:2] == (new.license_id, after.index(ORDER))
        assert await transitions.of_license(tx, after, new.license_id) == [revoked]
        assert await consents.page(tx, after, holder_codes=[asked.holder_code], before=None, limit=9) == [asked]
        assert await data_uses.page(tx, after, [used.use.holder_code], before=None, limit=9) == [used]
        assert await data_uses.answer(tx, after, used.use.use_id) == {"predicates": {}}
    assert known is not None
    assert known.attributes == new.attributes
    await database.close()
