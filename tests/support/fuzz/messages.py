"""Hostile messages for every method of a service's protos, made from their descriptors."""

from collections.abc import Iterator, Mapping
from uuid import uuid4

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from pingshan_kit.rpc.methods import methods_of

from tests.support.fuzz import kinds

_TEXTS = (*kinds.TEXTS[:11], *kinds.TEXTS[13:16], "\0", "a\0b", "x" * 5_000)
_NUMBERS = (-1, 0, 2**31 - 1, -(2**31))
_DOUBLES = (float("nan"), float("inf"), -float("inf"), 1e308, -181.0)
_OCTETS = (
    b"\xff",
    b"\x0a\x05ab",
    b"\x0a\x02\xed\xa0",
    b"\x0a\x03\xed\xa0\x80",
    b"\x0a\x01\xff",
    b"\x0b" * 500,
    b"\x08" + b"\xff" * 20,
)


def methods(service: str) -> list[MethodDescriptor]:
    return methods_of(f"pingshan.{service.replace('-', '_')}.v1")


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def hostile(method: MethodDescriptor, known: Mapping[str, str]) -> Iterator[bytes]:
    """Yields requests: each field with each hostile value and all others right, and octets that are no message."""
    right = right_message(GetMessageClass(method.input_type)(), known)
    yield b""
    yield right.SerializeToString()
    yield from _OCTETS
    for field in method.input_type.fields:
        for value in _values(field, known):
            changed = GetMessageClass(method.input_type)()
            changed.CopyFrom(right)
            changed.ClearField(field.name)
            changed.MergeFrom(value)
            yield changed.SerializeToString()


def right_message(message: Message, known: Mapping[str, str]) -> Message:
    """Fills every text in: what is known of its name, else an id or a word."""
    for field in message.DESCRIPTOR.fields:
        if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated:
            usual = str(uuid4()) if field.name.endswith("_id") else "测试"
            setattr(message, field.name, known.get(field.name, usual))
        elif field.type == FieldDescriptor.TYPE_ENUM and not field.is_repeated:
            setattr(message, field.name, 1)
    return message


def _values(field: FieldDescriptor, known: Mapping[str, str]) -> Iterator[Message]:
    """Yields messages with nothing but this field, hostile."""
    kind = GetMessageClass(field.containing_type)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        yield from (kind(**{field.name: {text: text}}) for text in _TEXTS)
    elif field.message_type is not None:
        yield from (kind(**{field.name: [each] if field.is_repeated else each}) for each in _inner(field, known))
    else:
        yield from (kind(**{field.name: [each] * 3 if field.is_repeated else each}) for each in _scalars(field))


def _scalars(field: FieldDescriptor) -> tuple[object, ...]:
    match field.type:
        case FieldDescriptor.TYPE_STRING:
            return _TEXTS
        case FieldDescriptor.TYPE_DOUBLE | FieldDescriptor.TYPE_FLOAT:
            return _DOUBLES
        case FieldDescriptor.TYPE_BOOL:
            return (True,)
        case FieldDescriptor.TYPE_BYTES:
            return (b"\xff\x00",)
        case FieldDescriptor.TYPE_ENUM:
            return (0, 99)
    return _NUMBERS


def _inner(field: FieldDescriptor, known: Mapping[str, str]) -> Iterator[Message]:
    assert field.message_type is not None
    match field.message_type.full_name:
        case "google.protobuf.Timestamp":
            for seconds in (-62_135_596_801, -62_135_596_800, 253_402_300_799, 253_402_300_800, 2**63 - 1):
                yield Timestamp(seconds=seconds)
            yield Timestamp(nanos=-1)
        case "google.protobuf.Struct":
            yield from _structs()
        case _:
            for inner in field.message_type.fields:
                yield from _values(inner, known)


def _structs() -> Iterator[Struct]:
    for value in (*_DOUBLES, "\0", None, True, [], {}, 9e99):
        struct = Struct()
        struct.update({"shop_name": value, "operator_name": value, "area": [value]})
        yield struct
    named = Struct()
    named.update({"\0": 1})
    yield named
    deep = Struct()
    at = deep
    for _ in range(30):
        at = at.get_or_create_struct("a")
    yield deep
