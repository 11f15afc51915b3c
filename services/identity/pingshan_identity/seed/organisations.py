"""The organisations of the 1+6+N command structure."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.seed.files import read
from pingshan_identity.store.tables import organisation


async def seed_organisations(tx: AsyncConnection) -> None:
    rows = [
        {
            "code": each["code"],
            "name_zh": each["zh"],
            "name_en": each["en"],
            "kind": each["kind"],
            "parent": each["parent"],
            "unified_social_credit_code": each["usc_code"],
            "licence_agency": each["licence_agency"],
        }
        for each in read("organisations.json")["organisations"]
    ]
    await tx.execute(insert(organisation).values(rows).on_conflict_do_nothing())
