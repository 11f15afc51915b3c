"""Finds licences by their identifiers with the decisions on them, by one statement for all who ask at the same time."""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any

import asyncpg
from pingshan_kit.crypto import PersonalData
from pingshan_kit.fair import in_turns
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Joined, Lane

from pingshan_e_license.domain.license import Decision
from pingshan_e_license.domain.verification.conclusion import StoredLicense
from pingshan_e_license.store.life_cycle import licenses, transitions

_FIND = """
SELECT k.n, license.*, license_type.definition, decided.*
FROM unnest($1::text[]) WITH ORDINALITY AS k(identifier, n)
JOIN license ON license.identifier = k.identifier JOIN license_type ON license_type.code = license.type
CROSS JOIN LATERAL (
    SELECT array_agg(number ORDER BY number) AS numbers, array_agg(standing ORDER BY number) AS standings,
        array_agg(effective_at ORDER BY number) AS effective, array_agg(recorded_at ORDER BY number) AS recorded
    FROM license_transition WHERE license_transition.license_id = license.license_id
) AS decided
"""


class IdentifiedLicenses:
    """Looks licences up for verifications, the one question that is asked hundreds of times a second."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        self._find = Joined(Lane(database, read_only=True), _FIND, row=self._found, otherwise=self._find_alone)

    async def get(self, identifier: str) -> StoredLicense | None:
        """Returns the licence beside its type and its decisions, None where it is unknown. Raises Unavailable."""
        found = await self._find((identifier,))
        return found[0] if found else None

    async def get_all(self, identifiers: Collection[str]) -> dict[str, StoredLicense]:
        """Returns those that are known, by identifier, read by one statement. Raises Unavailable."""
        async with self._database.read() as tx:
            rows = (await tx.exec_driver_sql(_FIND, (list(identifiers),))).all()
        found = await in_turns(StoredLicense(licenses.of_type(row, self._personal), _decisions(row)) for row in rows)
        return {each.found.license.identifier: each for each in found}

    def _found(self, row: asyncpg.Record) -> StoredLicense:
        named = SimpleNamespace(**row)
        return StoredLicense(licenses.of_type(named, self._personal), _decisions(named))

    async def _find_alone(self, key: tuple[str]) -> list[StoredLicense]:
        return list((await self.get_all(key)).values())


def _decisions(row: Any) -> tuple[Decision, ...]:
    columns = (row.numbers or (), row.standings or (), row.effective or (), row.recorded or ())
    return tuple(map(transitions.decision, *columns))
