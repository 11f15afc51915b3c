"""REST routes that verify licences."""

from collections.abc import Iterable
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from pingshan_e_license.domain.verification.conclusion import Check, Verification
from pingshan_e_license.entrypoints.life_cycle.license_documents import PublicLicense, public_license
from pingshan_e_license.entrypoints.rest import Body, Caller
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license


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


def add_verification(api: APIRouter, deps: Dependencies) -> None:
    @api.post("/verifications", operation_id="VerifyLicense")
    async def verify(body: VerifyBody, actor: Caller) -> VerificationDocument:
        return verification_document(await verify_license(deps, actor, VerifyLicense(body.identifier, body.purpose)))
