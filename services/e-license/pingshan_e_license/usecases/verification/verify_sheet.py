"""Verifies the identifiers of a sheet, and gives the same sheet back with the results beside them."""

from dataclasses import dataclass, field

from pingshan_kit.sheets import Format, format_of
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_verify
from pingshan_e_license.domain.verification.batch import RESULT_HEADS, check_batch, column_of, result_cells
from pingshan_e_license.domain.verification.conclusion import check_purpose
from pingshan_e_license.domain.verification.typed_identifier import as_typed
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_licenses import VerifyLicenses, verify_licenses


@dataclass(frozen=True, slots=True)
class VerifySheet:
    content: bytes = field(repr=False)
    purpose: str
    language: str
    """In which the results are written."""


@dataclass(frozen=True, slots=True)
class VerifiedSheet:
    content: bytes = field(repr=False)
    kind: Format


async def verify_sheet(deps: Dependencies, actor: Actor, command: VerifySheet) -> VerifiedSheet:
    """Returns the sheet in the format that it came in, each row with its result; rows without an identifier stay.

    Identifiers are taken as people type them. Raises SheetUnreadable, and what `verify_licenses` raises.
    """
    check_may_verify(actor)
    check_purpose(command.purpose)
    rows = await deps.sheets.read(command.content)
    column = column_of(rows)
    typed = {number: as_typed(row[column]) for number, row in enumerate(rows) if number and row[column].strip()}
    check_batch(list(typed.values()))
    answers = await verify_licenses(deps, actor, VerifyLicenses(list(typed.values()), command.purpose))
    results = {number: result_cells(answer, command.language) for number, answer in zip(typed, answers, strict=True)}
    results[0] = [head.in_language(command.language) for head in RESULT_HEADS]
    blank = [""] * len(RESULT_HEADS)
    kind = format_of(command.content)
    written = [[*row, *results.get(number, blank)] for number, row in enumerate(rows)]
    return VerifiedSheet(await deps.sheets.write(written, kind), kind)
