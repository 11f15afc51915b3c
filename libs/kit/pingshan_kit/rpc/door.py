"""Refuses messages that no servicer should ever see: octets that are no message, text with NUL, numbers without end.

Own code: gRPC answers octets that are no message with INTERNAL, and protobuf takes NUL in text, NaN, and a Timestamp of
the year 10000, which Python has not.
"""

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from pingshan_values import strict_json
from pingshan_values.text import is_storable

from pingshan_kit.errors import Unreadable

MOST_REQUEST_BYTES = 262_144
"""Of a request: it is read before its caller is known, and each of its values is looked at."""

MOST_FREE_BYTES = 65_536
"""Of a Struct, which becomes objects of Python value by value: as a form's attributes are, in 20,000 values at most."""

UNREADABLE = object()
"""Stands for octets that are no message, until the caller is known and is told so."""


def reading(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Returns the deserializer with UNREADABLE in the place of what it cannot read."""

    def read(octets: bytes) -> Any:
        try:
            return deserialize(octets)
        except DecodeError:
            return UNREADABLE

    return read


def refuse_unreadable(request: Any) -> None:
    """Raises Unreadable, naming the field, for UNREADABLE and for a message with a value that no servicer reads."""
    if request is UNREADABLE:
        raise _unreadable("")
    for path, value in _values(request, ""):
        if not _is_readable(value):
            raise _unreadable(path)


def _values(message: Message, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yields every value that is set, with its path; a Struct and a Timestamp are values, too."""
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        if field.message_type is None:
            yield from ((path, each) for each in (value if field.is_repeated else (value,)))
        elif field.message_type.GetOptions().map_entry:
            yield from ((path, each) for each in value)
            yield from _of_messages(field.message_type.fields_by_name["value"], value.values(), path)
        else:
            yield from _of_messages(field, value if field.is_repeated else (value,), path)


def _of_messages(field: FieldDescriptor, values: Any, path: str) -> Iterator[tuple[str, Any]]:
    for value in values:
        if field.message_type is None or isinstance(value, Struct | ListValue | Value | Timestamp):
            yield path, value
        else:
            yield from _values(value, f"{path}.")


def _is_readable(value: Any) -> bool:
    try:
        match value:
            case Timestamp():
                value.ToDatetime()
            case Message() if value.ByteSize() > MOST_FREE_BYTES:
                return False
            case Message():
                strict_json.refuse_unacceptable(MessageToDict(value))
            case float():
                strict_json.refuse_unacceptable(value)
            case str():
                return is_storable(value)
    except (ValueError, OverflowError, RecursionError):
        return False
    return True


def _unreadable(path: str) -> Unreadable:
    return Unreadable([(path, "无法读取", "This cannot be read")])
