"""What exists at a service under attack, by the name of the path parameter or field that leads to it."""

from tests.support.fuzz.services import Attacked

_QUERIES = {
    "alerts": {"alert_id": "SELECT alert_id FROM alert LIMIT 1"},
    "e-license": {
        "license_id": "SELECT license_id FROM license LIMIT 1",
        "consent_id": "SELECT consent_id FROM consent LIMIT 1",
        "kid": "SELECT kid FROM issuer_key LIMIT 1",
    },
    "identity": {
        "person_id": "SELECT person_id FROM person WHERE login_name = 'fire01'",
        "section_id": "SELECT section_id FROM section LIMIT 1",
    },
    "wifi-portal": {
        "hotspot_id": "SELECT hotspot_id FROM hotspot LIMIT 1",
        "nasid": "SELECT controller_id FROM controller LIMIT 1",
    },
    "workflow": {
        "case_id": "SELECT case_id FROM case_file LIMIT 1",
        "task_id": "SELECT case_id || '.' || node FROM task LIMIT 1",
    },
}
_VALUES = {
    "alerts": {"organisation": "amr"},
    "e-license": {"code": "food-business-permit", "type": "food-business-permit", "item": "SI-15"},
    "identity": {"client_id": "oa", "organisation": "amr", "posts": "officer"},
    "wifi-portal": {"mac": "02:00:00:00:00:01"},
    "workflow": {"code": "restaurant-opening", "process": "restaurant-opening"},
}


async def known_of(attacked: Attacked) -> dict[str, str]:
    found = dict(_VALUES[attacked.service])
    for name, query in _QUERIES[attacked.service].items():
        rows = await attacked.rows(query)
        if rows:
            found[name] = str(rows[0][0])
    return found
