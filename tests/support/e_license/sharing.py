"""The sharing items of the seed, and requests, consents and licences for tests of sharing."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pingshan_e_license
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.sharing.answer import Asked, Question
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.domain.sharing.item import SharingItem
from pingshan_e_license.domain.sharing.use import DataUse, UseBasis
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.issue_license import IssueLicense, issue_license
from pingshan_e_license.usecases.sharing.grant_consent import GrantConsent, grant_consent
from pingshan_e_license.usecases.sharing.request_consent import RequestConsent, request_consent
from pingshan_e_license.usecases.sharing.request_data import RequestData
from pingshan_kit import clock

from tests.support.e_license.orders import COMPANY_CODE, holder_person, issuer_of, verifier

_SEED = Path(pingshan_e_license.__file__).parent / "seed/sharing_items.json"
ITEMS = {each["code"]: SharingItem(each) for each in json.loads(_SEED.read_text("utf-8"))["items"]}

WATER = verifier("water")
EDUCATION = verifier("education")
SUPERVISOR = replace(verifier("hall"), roles=frozenset({"supervisor"}))
PURPOSE = "2027 年秋季学位"
PREMISES = "深圳市坪山区马峦街道坪环路18号502"


_PEOPLE = count()


def a_person() -> str:
    """Returns a person number that no other test has: born on a day of its own (GB 11643)."""
    born = date(1950, 1, 1) + timedelta(days=next(_PEOPLE))
    body = f"440310{born:%Y%m%d}007"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    remainder = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return body + "10X98765432"[remainder]


def about_company(**changed: Any) -> RequestData:
    """A request of the water bureau for the company of the seed, with a new request id."""
    fields: dict[str, Any] = {
        "request_id": uuid4(),
        "item": "SI-01",
        "holder_code": COMPANY_CODE,
        "holder_code_type": "001",
        "purpose": "办件 2026-000123",
        "asked": Asked(("name",), (Question("is_valid", {"day": clock.today().isoformat()}),)),
    }
    return RequestData(**fields | changed)


def about_lease(holder_code: str, consent_id: UUID | None, **changed: Any) -> RequestData:
    """A request of the education bureau for a tenant's lease, on consent."""
    fields: dict[str, Any] = {
        "request_id": uuid4(),
        "item": "SI-15",
        "holder_code": holder_code,
        "holder_code_type": "111",
        "purpose": PURPOSE,
        "asked": Asked(("lease_to",), (Question("is_dwelling", {}),)),
        "consent_id": consent_id,
    }
    return RequestData(**fields | changed)


async def issue_lease(given: Dependencies, holder_code: str) -> None:
    command = IssueLicense(
        request_id=uuid4(),
        type="housing-lease-registration",
        serial_number=uuid4().hex[:20].upper(),
        holder=Holder("王小满", holder_code, "111"),
        attributes={
            "lessor_name": "陈立",
            "lessee_name": "王小满",
            "premises": PREMISES,
            "area": 76.5,
            "purpose": "居住",
            "lease_from": "2025-09-01",
            "lease_to": "2030-08-31",
        },
        effective_on=date(2025, 9, 1),
        expires_on=date(2030, 8, 31),
    )
    await issue_license(given, issuer_of("housing"), command)


def consent_to_lease(holder_code: str, **changed: Any) -> RequestConsent:
    fields: dict[str, Any] = {
        "request_id": uuid4(),
        "item": "SI-15",
        "holder_code": holder_code,
        "holder_code_type": "111",
        "purpose": PURPOSE,
        "fields": ("lease_to",),
        "predicates": ("is_dwelling",),
        "uses": 1,
        "expires_on": clock.today() + timedelta(days=30),
    }
    return RequestConsent(**fields | changed)


async def granted_consent(given: Dependencies, holder_code: str, **changed: Any) -> Consent:
    asked = await request_consent(given, EDUCATION, consent_to_lease(holder_code, **changed))
    return await grant_consent(given, holder_person(holder_code), GrantConsent(uuid4(), asked.consent_id))


def a_consent() -> Consent:
    """A request for consent that nobody has decided on."""
    return Consent(
        consent_id=uuid4(),
        item="SI-15",
        requester="education",
        holder_code=a_person(),
        purpose=PURPOSE,
        fields=("lease_to",),
        predicates=("is_dwelling",),
        uses=1,
        uses_left=1,
        expires_on=clock.today(),
        requested_at=clock.now(),
    )


def a_use() -> DataUse:
    """A use by duty that has no number yet."""
    return DataUse(
        use_id=uuid4(),
        number=0,
        holder_code=a_person(),
        requester="water",
        basis=UseBasis.DUTY,
        item="SI-01",
        types=("business-licence",),
        purpose="办件 2026-000123",
        fields=("name",),
        predicates={},
        result="found",
        consent_id=None,
        used_at=clock.now(),
    )
