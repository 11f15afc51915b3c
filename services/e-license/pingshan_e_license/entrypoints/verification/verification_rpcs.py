"""Servicer of VerificationService."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from pingshan.e_license.v1 import (
    license_pb2,
    verification_pb2,
    verification_pb2_grpc,
)
from pingshan_kit import rpc
from pingshan_kit.fair import in_turns

from pingshan_e_license.domain.verification.batch import check_message
from pingshan_e_license.domain.verification.conclusion import Result, Verification
from pingshan_e_license.entrypoints.life_cycle.license_messages import STATES, public_message
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.verification.verify_license import VerifyLicense, verify_license
from pingshan_e_license.usecases.verification.verify_licenses import VerifyLicenses, verify_licenses

_Context = grpc.aio.ServicerContext[Any, Any]


_RESULTS = {
    Result.VALID: verification_pb2.VERIFICATION_RESULT_VALID,
    Result.NOT_VALID: verification_pb2.VERIFICATION_RESULT_NOT_VALID,
    Result.UNKNOWN: verification_pb2.VERIFICATION_RESULT_UNKNOWN,
    Result.MALFORMED: verification_pb2.VERIFICATION_RESULT_MALFORMED,
}


class Verifications(verification_pb2_grpc.VerificationServiceServicer):
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def VerifyLicense(  # noqa: N802
        self, request: verification_pb2.VerifyLicenseRequest, _context: _Context
    ) -> verification_pb2.VerifyLicenseResponse:
        answer = await verify_license(self._deps, rpc.actor(), VerifyLicense(request.identifier, request.purpose))
        return _verification_message(answer)

    async def VerifyLicenses(  # noqa: N802
        self, requests: AsyncIterator[verification_pb2.VerifyLicensesRequest], _context: _Context
    ) -> AsyncIterator[verification_pb2.VerifyLicensesResponse]:
        count = 0
        async for request in requests:
            count += len(request.identifiers)
            check_message(request.identifiers, so_far=count)
            command = VerifyLicenses(request.identifiers, request.purpose)
            answers = await verify_licenses(self._deps, rpc.actor(), command)
            messages = await in_turns(_verification_message(each) for each in answers)
            yield verification_pb2.VerifyLicensesResponse(verifications=messages)


def _verification_message(answer: Verification) -> verification_pb2.VerifyLicenseResponse:
    message = verification_pb2.VerifyLicenseResponse(
        result=_RESULTS[answer.result],
        state=STATES[answer.state] if answer.state else license_pb2.LICENSE_STATE_UNSPECIFIED,
        checks=[
            verification_pb2.VerificationCheck(
                code=each.code,
                passed=each.passed,
                sentence_zh=each.sentence.zh,
                sentence_en=each.sentence.en,
                warning=each.is_warning,
            )
            for each in answer.checks
        ],
        license=public_message(answer.found) if answer.found else None,
    )
    message.as_of.FromDatetime(answer.as_of)
    return message
