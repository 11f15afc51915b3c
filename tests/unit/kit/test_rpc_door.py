"""Which messages no servicer is given."""

import time
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from pingshan.alerts.v1 import alert_pb2, notification_pb2
from pingshan.e_license.v1 import license_pb2
from pingshan.identity.v1 import person_pb2
from pingshan_kit.errors import Unreadable
from pingshan_kit.rpc.door import UNREADABLE, reading, refuse_unreadable

NAN, INFINITY = float("nan"), float("inf")


def struct(value: Any) -> Struct:
    made = Struct()
    made.update({"a": value})
    return made


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (alert_pb2.RaiseAlertRequest(title_zh="a\0"), "title_zh"),
        (alert_pb2.RaiseAlertRequest(longitude=NAN), "longitude"),
        (alert_pb2.RaiseAlertRequest(latitude=-INFINITY), "latitude"),
        (alert_pb2.RaiseAlertRequest(owners=["amr", "\0"]), "owners"),
        (alert_pb2.RaiseAlertRequest(labels={"a": "\0"}), "labels"),
        (alert_pb2.RaiseAlertRequest(labels={"\0": "a"}), "labels"),
        (notification_pb2.SendNotificationRequest(variables={"\0": ""}), "variables"),
        (person_pb2.GetContactsRequest(person_ids=["\0"]), "person_ids"),
        (license_pb2.IssueLicenseRequest(attributes=struct("\0")), "attributes"),
        (license_pb2.IssueLicenseRequest(attributes=struct(NAN)), "attributes"),
        (license_pb2.IssueLicenseRequest(attributes=struct([[INFINITY]])), "attributes"),
        (license_pb2.License(issue_time=Timestamp(seconds=2**62)), "issue_time"),
        (license_pb2.License(issue_time=Timestamp(nanos=-1)), "issue_time"),
        (license_pb2.IssueLicenseResponse(license=license_pb2.License(type="\0")), "license.type"),
    ],
)
def test_refused_by_field(message: Message, path: str) -> None:
    with pytest.raises(Unreadable) as caught:
        refuse_unreadable(message)
    assert [violation.path for violation in caught.value.violations] == [path]


def test_a_struct_of_too_many_values_is_not_even_looked_into() -> None:
    """Each value becomes an object of Python: a megabyte of them would hold up the event loop for seconds."""
    request = license_pb2.IssueLicenseRequest(attributes=struct([None] * 40_000))
    began = time.thread_time()
    with pytest.raises(Unreadable):
        refuse_unreadable(request)
    assert time.thread_time() - began < 0.02


def test_what_is_no_message() -> None:
    read = reading(alert_pb2.RaiseAlertRequest.FromString)
    assert read(b"\x0a\x01\xff") is UNREADABLE
    with pytest.raises(Unreadable):
        refuse_unreadable(UNREADABLE)


def test_everything_else_passes() -> None:
    refuse_unreadable(alert_pb2.RaiseAlertRequest(title_zh="文\n", longitude=114.3, owners=["a"], labels={"a": "b"}))
    refuse_unreadable(license_pb2.License(issue_time=Timestamp(seconds=1), attributes=struct([1, {"b": None}])))
