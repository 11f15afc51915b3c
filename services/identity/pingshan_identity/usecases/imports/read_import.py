"""Reads the preview of an import: every row as it would be applied now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pingshan_values.actor import Actor
from pingshan_values.text import Text

from pingshan_identity.domain.access import AdministrativeAct, check_may_administer
from pingshan_identity.domain.errors import ImportNotFound
from pingshan_identity.domain.imports.import_sheet import ERROR_HEAD, SheetRow
from pingshan_identity.store.imports import imports
from pingshan_identity.store.imports.imports import Import
from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import staff
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.imports.shared import checked_rows

_BETWEEN = Text("；", "; ")


@dataclass(frozen=True, slots=True)
class ImportView:
    found: Import
    rows: Sequence[SheetRow] = field(repr=False)
    """Checked rows; empty once the import was applied or discarded."""
    organisations: Mapping[str, tuple[str, str]]
    posts: Mapping[str, tuple[str, str]]
    """Chinese and English names, by code."""

    @property
    def good(self) -> int:
        return sum(row.is_good for row in self.rows)

    def with_errors(self, language: str) -> list[list[str]]:
        """Returns the sheet with one more column, the faults of each row in the language."""
        head, *body = self.found.sheet
        between = _BETWEEN.in_language(language)
        faults = (between.join(fault.in_language(language) for fault in row.errors) for row in self.rows)
        rows = zip(body, faults, strict=True)
        return [[*head, ERROR_HEAD.in_language(language)], *([*cells, said] for cells, said in rows)]


async def read_import(deps: Dependencies, actor: Actor, *, import_id: UUID) -> ImportView:
    """Returns the import with its rows, checked now. Raises AdministratorRequired, ImportNotFound."""
    check_may_administer(actor, AdministrativeAct.READ_IMPORT)
    async with deps.database.read() as tx:
        found = await imports.get(tx, deps.personal, import_id)
        if found is None:
            raise ImportNotFound
        done = found.applied_at is not None or found.discarded_at is not None
        return ImportView(
            found,
            [] if done else await checked_rows(tx, actor, found.sheet),
            organisations=await organisations.names_by_code(tx),
            posts={code: (zh, en) for code, zh, en in await staff.posts(tx)},
        )
