"""REST routes that verify licences."""

from collections.abc import Iterable
from datetime import datetime

from fastapi import APIRouter
from pingshan_kit.fair import in_turns
from pydantic import BaseModel
from starlette.requests import Request

from pingshan_e_license.domain.verification.conclusion import Check, Verification
from pingshan_e_license.entrypoints.life_cycle.license_documents import PublicLicense, public_license
from pingshan_e_license.entrypoints.rest import Body, Caller
from pingshan_e_license.entrypoints.verification.shared import address_of
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_e_license.usecases.verification.verify_licenses import VerifyLicenses, verify_licenses
from pingshan_e_license.usecases.verification.verify_publicly import VerifyPublicly, verify_publicly


class VerifyBody(Body):
    identifier: str
    purpose: str


class CheckDocument(BaseModel):
    code: str
    passed: bool
    sentence_zh: str
    sentence_en: str
    warning: bool
    """Whether a step that did not pass calls for attention without deciding the result."""


class VerificationDocument(BaseModel):
    result: str
    state: str | None
    as_of: datetime
    checks: list[CheckDocument]
    license: PublicLicense | None


def check_documents(checks: Iterable[Check]) -> list[CheckDocument]:
    return [
        CheckDocument(
            code=each.code,
            passed=each.passed,
            sentence_zh=each.sentence.zh,
            sentence_en=each.sentence.en,
            warning=each.is_warning,
        )
        for each in checks
    ]


def verification_document(answer: Verification) -> VerificationDocument:
    return VerificationDocument(
        result=answer.result.value,
        state=answer.state.value if answer.state else None,
        as_of=answer.as_of,
        checks=check_documents(answer.checks),
        license=public_license(answer.found) if answer.found else None,
    )


class VerifyBatchBody(Body):
    identifiers: list[str]
    """1 to 10,000."""
    purpose: str


class BatchItemDocument(BaseModel):
    identifier: str
    result: str
    state: str | None
    failed_checks: list[str]
    """Codes of the checks that it failed; their sentences are those of a single verification."""
    license: PublicLicense | None


class VerificationBatchDocument(BaseModel):
    verifications: list[BatchItemDocument]
    """In the order of the identifiers."""
    as_of: datetime


def _batch_item(identifier: str, answer: Verification) -> BatchItemDocument:
    return BatchItemDocument(
        identifier=identifier,
        result=answer.result.value,
        state=answer.state.value if answer.state else None,
        failed_checks=[each.code for each in answer.checks if not each.passed],
        license=public_license(answer.found) if answer.found else None,
    )


class PublicVerifyBody(Body):
    identifier: str


class PublicVerificationDocument(BaseModel):
    """Holds what anybody may know of a licence: neither holder nor attributes."""

    result: str
    state: str | None
    as_of: datetime
    type: str | None
    type_name_zh: str | None
    type_name_en: str | None
    agency: str | None


def _public_document(answer: Verification) -> PublicVerificationDocument:
    of_type = answer.found.type if answer.found else None
    return PublicVerificationDocument(
        result=answer.result.value,
        state=answer.state.value if answer.state else None,
        as_of=answer.as_of,
        type=of_type.code if of_type else None,
        type_name_zh=of_type.name_zh if of_type else None,
        type_name_en=of_type.name_en if of_type else None,
        agency=answer.found.license.agency if answer.found else None,
    )


def add_verification(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/verifications", operation_id="VerifyLicense")
    async def verify(body: VerifyBody, actor: Caller) -> VerificationDocument:
        return verification_document(await verify_license(deps, actor, VerifyLicense(body.identifier, body.purpose)))

    @api.post("/verifications/batch", operation_id="VerifyLicenses")
    async def verify_batch(body: VerifyBatchBody, actor: Caller) -> VerificationBatchDocument:
        """Answers up to 10,000 identifiers; each is one use of its licence."""
        answers = await verify_licenses(deps, actor, VerifyLicenses(body.identifiers, body.purpose))
        items = await in_turns(_batch_item(*each) for each in zip(body.identifiers, answers, strict=True))
        return VerificationBatchDocument(verifications=items, as_of=answers[-1].as_of)

    @api.post("/public/verifications", operation_id="VerifyLicensePublicly")
    async def verify_without_sign_in(body: PublicVerifyBody, request: Request) -> PublicVerificationDocument:
        """Answers anybody, so often as one address and all together may ask."""
        command = VerifyPublicly(body.identifier, address_of(request))
        return _public_document(await verify_publicly(deps, command))
