"""What an RPC promises by its idempotency_level, and what its REST twin makes of it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodOptions
from google.protobuf.descriptor_pool import DescriptorPool
from pingshan_tools.contracts import WITHOUT_REQUEST_ID, all_methods, broken_promises

ROOT = Path(__file__).parents[3]
METHODS = {f"{method.containing_service.full_name}/{method.name}": method for method in all_methods()}
UNKNOWN, IDEMPOTENT, READ = (
    MethodOptions.IDEMPOTENCY_UNKNOWN,
    MethodOptions.IDEMPOTENT,
    MethodOptions.NO_SIDE_EFFECTS,
)

ONCE_WITHOUT_KEY: Mapping[str, str] = {
    "alerts POST /carrier-receipts": "signed by the carrier, and known by the message that it is about",
    "e-license POST /public/verifications": "each try is recorded as one more use, as VerifyLicense's are",
    "e-license POST /verifications/rendition": "each question is one more use on record, as by VerifyLicense",
}
"""REST calls that change something, mirror no RPC and take no Idempotency-Key: why they happen once, or may again."""


def declared(level: Any, *fields: str, name: str = "DoThing") -> MethodDescriptor:
    """A method as a proto would declare it."""
    file = FileDescriptorProto(name="thing.proto", package="pingshan.e_license.v1", syntax="proto3")
    request = file.message_type.add(name="Request")
    for number, field in enumerate(fields, 1):
        request.field.add(name=field, number=number, type="TYPE_STRING", label="LABEL_OPTIONAL")
    service = file.service.add(name="VerificationService")
    packed = f".{file.package}.Request"
    service.method.add(name=name, input_type=packed, output_type=packed).options.idempotency_level = level
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindMethodByName(f"{file.package}.VerificationService.{name}")


def test_every_rpc_keeps_the_rule() -> None:
    assert len(METHODS) >= 28
    assert list(broken_promises(METHODS.values())) == []
    assert WITHOUT_REQUEST_ID.keys() <= METHODS.keys()


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (declared(UNKNOWN), "say option idempotency_level"),
        (declared(UNKNOWN, "request_id"), "say option idempotency_level"),
        (declared(UNKNOWN, "request_id", name="VerifyLicense"), "say option idempotency_level"),
        (declared(IDEMPOTENT), "what is IDEMPOTENT takes a request_id"),
        (declared(READ, "request_id"), "a read takes no request_id"),
        (declared(READ, "request_id", name="VerifyLicense"), "a read takes no request_id"),
    ],
)
def test_a_broken_promise_is_named(method: MethodDescriptor, said: str) -> None:
    name = f"pingshan.e_license.v1.VerificationService/{method.name}"
    [found] = broken_promises([method])
    assert found.startswith(f"{name}: {said}")


@pytest.mark.parametrize(
    "method",
    [
        declared(READ),
        declared(IDEMPOTENT, "request_id"),
        declared(IDEMPOTENT, name="VerifyLicense"),
        declared(UNKNOWN, name="VerifyLicense"),
    ],
)
def test_a_kept_promise_is_not(method: MethodDescriptor) -> None:
    assert list(broken_promises([method])) == []


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Service, verb and path, operation of every REST call."""
    for document in sorted((ROOT / "docs/reference/openapi").glob("*.json")):
        for path, verbs in json.loads(document.read_text(encoding="utf-8"))["paths"].items():
            for verb, operation in verbs.items():
                yield document.stem, f"{verb.upper()} {path}", operation


OPERATIONS = list(_operations())


def mirrored(service: str, operation: Mapping[str, Any]) -> MethodDescriptor | None:
    """The RPC of the same name."""
    package = f"pingshan.{service.replace('-', '_')}."
    named = [method for name, method in METHODS.items() if name.startswith(package)]
    return next((method for method in named if method.name == operation["operationId"]), None)


@pytest.mark.parametrize(
    ("service", "call", "operation"), OPERATIONS, ids=[f"{service} {call}" for service, call, _ in OPERATIONS]
)
def test_a_rest_twin_asks_for_the_key_where_its_rpc_takes_a_request_id(
    service: str, call: str, operation: Mapping[str, Any]
) -> None:
    takes_key = "idempotency-key" in [parameter["name"] for parameter in operation.get("parameters", [])]
    twin = mirrored(service, operation)
    if twin is not None:
        assert takes_key == ("request_id" in twin.input_type.fields_by_name)
    else:
        assert takes_key == (not call.startswith("GET ") and f"{service} {call}" not in ONCE_WITHOUT_KEY)
