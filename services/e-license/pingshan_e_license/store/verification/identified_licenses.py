"""Finds a licence by its identifier, by one statement for all who ask at the same time."""

from types import SimpleNamespace

import asyncpg
from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database
from pingshan_kit.storage.lane import Joined, Lane

from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.store.life_cycle import licenses

_FIND = """
SELECT k.n, license.*, license_type.definition FROM unnest($1::text[]) WITH ORDINALITY AS k(identifier, n)
JOIN license ON license.identifier = k.identifier JOIN license_type ON license_type.code = license.type
"""


class IdentifiedLicenses:
    """Looks licences up for verifications, the one question that is asked hundreds of times a second."""

    def __init__(self, database: Database, personal: PersonalData) -> None:
        self._database = database
        self._personal = personal
        self._find = Joined(Lane(database, read_only=True), _FIND, row=self._found, otherwise=self._find_alone)

    async def get(self, identifier: str) -> LicenseOfType | None:
        """Returns the licence beside its type, None where it is unknown. Raises Unavailable."""
        found = await self._find((identifier,))
        return found[0] if found else None

    def _found(self, row: asyncpg.Record) -> LicenseOfType:
        return licenses.of_type(SimpleNamespace(**row), self._personal)

    async def _find_alone(self, key: tuple[str]) -> list[LicenseOfType]:
        async with self._database.read() as tx:
            found = await licenses.by_identifier(tx, self._personal, key[0])
        return [] if found is None else [found]
