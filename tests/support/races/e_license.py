"""Keys of e-license."""

from collections.abc import Mapping
from uuid import uuid4

from pingshan_kit.crypto import PersonalData

from tests.support.e_license.sharing import a_person
from tests.support.fuzz.services import Attacked
from tests.support.races.race import OF_ITS_OWN, SEEDED, WITH_ANOTHER, Begin, Caller, Race, form
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


async def _same_request(attacked: Attacked, standing: str) -> Race:
    """An agency's system sends two requests about one person, who nobody asked for before, at the same time."""
    person = a_person()
    index = PersonalData.from_settings(attacked.settings).index(person).hex()
    return Race((_ask(attacked, person), _ask(attacked, person)), standing.format(index=index))


def _ask(attacked: Attacked, person: str) -> Caller:
    token = attacked.issuer.mint("e-license", "verifier", person="w", client_id="w", org="water", sid=None)
    body = {
        "item": "SI-01",
        "holder_code": person,
        "holder_code_type": "111",
        "purpose": "核对",
        "fields": ["name"],
    }

    async def ask() -> int:
        client = (await attacked.stranger()).client
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        return (await client.post("/v1/sharing/requests", json=body, headers=headers)).status_code

    return ask


async def counter(attacked: Attacked) -> Race:
    """The first two uses of a holder's data."""
    return await _same_request(
        attacked,
        "SELECT count(*) FROM data_use_counter WHERE uses = 2 AND encode(holder_code_index, 'hex') = '{index}'",
    )


async def holder_count(attacked: Attacked) -> Race:
    """The first two answers of a day about a holder."""
    where = "answers = 2 AND encode(holder_code_index, 'hex') = '{index}'"
    return await _same_request(attacked, f"SELECT count(*) FROM holder_answer_count WHERE {where}")


async def first_of_the_day(attacked: Attacked) -> Race:
    """The first two requests of a day for an item."""
    await attacked.rows("DELETE FROM sharing_count")
    return await _same_request(attacked, "SELECT count(*) FROM sharing_count WHERE requests = 2")


RACES: Mapping[str, Begin | str] = {
    "pk_license": OF_ITS_OWN,
    "uq_license_identifier": "a number of type, serial number and version, which are raced for",
    "uq_license_type_serial_number_version": serial_number,
    "pk_license_transition": transition,
    "pk_license_flag": "its licence is locked before it is flagged, and a decision's number is raced for",
    "pk_license_type": SEEDED,
    "pk_bulk_issue": OF_ITS_OWN,
    "pk_bulk_issue_row": "rows come one after the other from one file, under an id of its own",
    "pk_log_entry": OF_ITS_OWN,
    "pk_log_pending": "written with the entry, by its id",
    "pk_log_leaf": "one sequencer at a time writes leaves, by a lock (tests/component/e-license/transparency)",
    "uq_log_leaf_entry_id": "one sequencer at a time writes leaves, by a lock (tests/component/e-license/transparency)",
    "pk_log_node": "one sequencer at a time writes nodes, by a lock (tests/component/e-license/transparency)",
    "pk_log_checkpoint": "one sequencer at a time signs, by a lock (tests/component/e-license/transparency)",
    "pk_status_list": "whoever comes second finds the list (tests/component/e-license/transparency)",
    "pk_license_status": "a place is picked at random, and another where it is taken (tests/component/e-license)",
    "uq_license_status_license_id": "written with the licence, by its id",
    "pk_issuer_key": OF_ITS_OWN,
    "pk_public_verification_budget": "an upsert: the second counts on what the first left",
    "uq_license_type_number": SEEDED,
    "pk_sharing_item": SEEDED,
    "uq_sharing_item_number": SEEDED,
    "pk_consent": OF_ITS_OWN,
    "pk_data_use": OF_ITS_OWN,
    "uq_data_use_holder_code_index_number": "numbers come from the holder's counter, whose row stays locked",
    "pk_data_use_counter": counter,
    "pk_kept_answer": WITH_ANOTHER,
    "pk_sharing_count": first_of_the_day,
    "pk_holder_answer_count": holder_count,
    "pk_verification_cursor": "one row, added by ON CONFLICT DO NOTHING and then locked",
    "pk_rendition": "the same octets are the same file, whoever rendered them first",
}
