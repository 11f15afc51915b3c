"""Keys of e-license."""

from collections.abc import Mapping

from tests.support.fuzz.services import Attacked
from tests.support.races.race import OF_ITS_OWN, SEEDED, Begin, Race, form
from tests.support.sent_twice import e_license
from tests.support.sent_twice.walk import Form


async def serial_number(attacked: Attacked) -> Race:
    """Two clerks give the same number to a licence."""
    first, second = await e_license.issue(attacked), await e_license.issue(attacked)
    number = first.fields["serial_number"]
    second.fields = dict(second.fields) | {"serial_number": number}
    return Race((form(first), form(second)), f"SELECT count(*) FROM license WHERE serial_number = '{number}'")


async def transition(attacked: Attacked) -> Race:
    """Two clerks revoke the same licence."""
    first = await e_license.revoke(attacked)
    browser = await attacked.browser()
    await browser.get(first.action)
    reason = {"reason": "提供虚假材料", "legal_basis": "行政许可法 第六十九条"}
    license_id = first.action.split("/")[2]
    standing = f"SELECT count(*) FROM license_transition WHERE license_id::text = '{license_id}' AND number = 2"
    return Race((form(first), form(Form(browser, first.action, reason))), standing)


RACES: Mapping[str, Begin | str] = {
    "pk_license": OF_ITS_OWN,
    "uq_license_identifier": "a number of type, serial number and version, which are raced for",
    "uq_license_type_serial_number_version": serial_number,
    "pk_license_transition": transition,
    "pk_license_flag": "its licence is locked before it is flagged, and a decision's number is raced for",
    "pk_license_type": SEEDED,
    "pk_log_entry": OF_ITS_OWN,
    "pk_log_pending": "written with the entry, by its id",
    "pk_log_leaf": "one sequencer at a time writes leaves, by a lock (tests/component/e-license/transparency)",
    "uq_log_leaf_entry_id": "one sequencer at a time writes leaves, by a lock (tests/component/e-license/transparency)",
    "pk_log_node": "one sequencer at a time writes nodes, by a lock (tests/component/e-license/transparency)",
    "pk_log_checkpoint": "one sequencer at a time signs, by a lock (tests/component/e-license/transparency)",
    "pk_status_list": "whoever comes second finds the list (tests/component/e-license/transparency)",
    "pk_license_status": "a place is picked at random, and another where it is taken (tests/component/e-license)",
    "uq_license_status_license_id": "written with the licence, by its id",
    "uq_license_type_number": SEEDED,
    "pk_rendition": "the same octets are the same file, whoever rendered them first",
}
