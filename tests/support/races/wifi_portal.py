"""Keys of wifi-portal."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from pingshan_kit.crypto import PersonalData
from pingshan_wifi_portal.domain.sign_in import Counted
from pingshan_wifi_portal.store import code_limits, controllers, sign_ins, usage

from tests.support.fuzz.services import Attacked
from tests.support.races.race import OF_ITS_OWN, SEEDED, Begin, Race, form, statement
from tests.support.sent_twice import wifi_portal

_DAY = date(2000, 1, 1)


async def pending(attacked: Attacked) -> Race:
    """One device, two tabs."""
    address = await wifi_portal.joined(attacked)
    mobile = f"137{uuid4().int % 10**8:08d}"
    first, second = [await wifi_portal.number(attacked, address, mobile) for _ in "12"]
    [[before]] = await attacked.rows("SELECT count(*) FROM sign_in WHERE state = 'pending'")
    return Race((form(first), form(second)), f"SELECT count(*) - {before} FROM sign_in WHERE state = 'pending'")


async def visitor(attacked: Attacked) -> Race:
    """One number on two devices, both for the first time."""
    mobile, personal = f"+86137{uuid4().int % 10**8:08d}", PersonalData.from_settings(attacked.settings)
    known = {"personal": personal, "mobile": mobile, "language": "en"}
    database = attacked.built.database
    first, second = (statement(database, sign_ins.put_visitor, new_id=uuid4(), **known) for _ in "12")
    index = sign_ins.mobile_index(personal, mobile).hex()
    return Race((first, second), f"SELECT count(*) FROM visitor WHERE mobile_index = '\\x{index}'")


async def used(attacked: Attacked) -> Race:
    """Two devices of one person report their first octets of a day."""
    personal, own = PersonalData.from_settings(attacked.settings), uuid4()
    async with attacked.built.database.begin() as tx:
        await sign_ins.put_visitor(tx, personal, own, f"+86136{own.int % 10**8:08d}", "en")
    both = statement(attacked.built.database, usage.lock_used, visitor_id=own, day=_DAY)
    return Race((both, both), f"SELECT count(*) FROM usage WHERE visitor_id = '{own}'")


async def limit(attacked: Attacked) -> Race:
    personal, now = PersonalData.from_settings(attacked.settings), datetime.now(UTC)
    count = code_limits.count_of(personal, Counted.NETWORK, str(uuid4()))
    over = {"blocked_until": now + timedelta(hours=1), "now": now}
    both = statement(attacked.built.database, code_limits.note_refused, personal=personal, count=count, **over)
    return Race((both, both), f"SELECT count(*) FROM code_limit WHERE key = '\\x{count.key.hex()}' AND attempts = 2")


async def drops(attacked: Attacked) -> Race:
    source = str(uuid4())
    both = statement(attacked.built.database, controllers.add_drops, day=_DAY, drops={(source, "malformed"): 1})
    return Race((both, both), f"SELECT count(*) FROM radius_drop WHERE source = '{source}' AND packets = 2")


_ACCOUNTING = "packets sent again, in tests/security/wifi-portal/test_radius_validation.py"
RACES: Mapping[str, Begin | str] = {
    "pk_access_point": SEEDED,
    "uq_access_point_called_station_id": SEEDED,
    "uq_access_point_mac": SEEDED,
    "pk_code_limit": limit,
    "pk_controller": SEEDED,
    "uq_controller_address": SEEDED,
    "uq_controller_nas_identifier": SEEDED,
    "pk_hotspot": SEEDED,
    "pk_login_token": OF_ITS_OWN,
    "pk_plan": SEEDED,
    "pk_radius_drop": drops,
    "pk_sign_in": OF_ITS_OWN,
    "uq_sign_in_pending_of": pending,
    "uq_sign_in_status_token": OF_ITS_OWN,
    "pk_usage": used,
    "pk_visitor": OF_ITS_OWN,
    "uq_visitor_mobile_index": visitor,
    "pk_wifi_session": _ACCOUNTING,
}
