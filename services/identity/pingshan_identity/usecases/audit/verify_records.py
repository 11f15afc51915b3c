"""Verifies the hash chain of the record, also against the heads in its file, and writes the result down."""

import asyncio

from pingshan_kit import audit_log
from pingshan_kit.audit_log import BrokenChainError
from pingshan_values.actor import Actor

from pingshan_identity.domain.access import check_may_verify_records
from pingshan_identity.domain.audit.sign_in_record import Act
from pingshan_identity.usecases.dependencies import Dependencies


async def verify_records(deps: Dependencies, actor: Actor) -> bool:
    """Returns whether the chain of records is unbroken, and records the result. Raises AdministratorRequired.

    The service itself checks each week; an auditor may check at any time.
    """
    check_may_verify_records(actor)
    heads = deps.head_checker()
    async with deps.database.read() as tx:
        try:
            await asyncio.to_thread(heads.read_file)
            found: dict[str, object] = {"sealed": await audit_log.verify(tx, heads), "whole": True}
        except BrokenChainError as error:
            found = {"whole": False, "found": str(error)}
    async with deps.database.begin() as tx:
        await audit_log.append(tx, actor=actor, act=Act.RECORDS_VERIFIED, subject="records", details=found)
    return found["whole"] is True
