"""Reads the attributes of requests into what use cases take, and writes what they return as attributes of replies."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import IPv4Address
from uuid import UUID, uuid5

from pingshan_kit.clock import now
from pingshan_kit.storage.database import to_json

from pingshan_wifi_portal.domain import radius, session, vendors
from pingshan_wifi_portal.domain.hotspot import Controller
from pingshan_wifi_portal.domain.login import AccessAccept, AccessRequest
from pingshan_wifi_portal.domain.radius import Attribute, Packet
from pingshan_wifi_portal.domain.session import AccountingOnOff, AccountingRequest, Status
from pingshan_wifi_portal.domain.visit import access_point_mac, to_mac
from pingshan_wifi_portal.entrypoints.radius_validation import Request

_ACCOUNTING_ON, _ACCOUNTING_OFF = 7, 8
_STATUS = {1: Status.START, 2: Status.STOP, 3: Status.INTERIM_UPDATE}
_UNATTRIBUTED = UUID("5f0c7d1e-43a5-4c5e-9b0d-2f1f3b7a6c10")


def to_access_request(request: Request) -> AccessRequest:
    """Returns what an Access-Request asks for; texts are empty where the attribute is absent or malformed."""
    packet = request.packet
    return AccessRequest(
        controller_id=request.controller.controller_id,
        username=packet.text(Attribute.USER_NAME),
        device_mac=to_mac(packet.text(Attribute.CALLING_STATION_ID)) or "",
        access_point_mac=access_point_mac(packet.text(Attribute.CALLED_STATION_ID)) or "",
        framed_ip=_address(packet),
        acct_session_id=_acct_session_id(packet),
        authenticator=packet.authenticator,
        password_valid=partial(radius.password_valid, packet, request.controller.secret),
    )


def to_accounting(request: Request) -> AccountingRequest | AccountingOnOff | None:
    """Returns what is reported, as received now; None where it is about no device's session, or does not identify it.

    Of Accounting-On and -Off it is about the controller.
    """
    controller = request.controller
    return _to_accounting(request.packet, controller.controller_id, swapped=controller.octets_swapped, received=now())


def to_word(request: Request) -> str:
    """Returns an Accounting-Request word by word, and what is needed to read it."""
    controller, packet = request.controller, b64encode(request.packet.octets).decode()
    return to_json({"controller_id": controller.controller_id, "swapped": controller.octets_swapped, "packet": packet})


def of_word(word: str, received: datetime) -> AccountingRequest | AccountingOnOff:
    """Returns what was reported, of the text of `to_word`. Raises ValueError where that reports nothing."""
    heard = json.loads(word)
    packet = radius.decode(b64decode(heard["packet"]))
    accounting = _to_accounting(packet, heard["controller_id"], swapped=heard["swapped"], received=received)
    if accounting is None:
        raise ValueError("an incomplete report was heard")
    return accounting


def _to_accounting(
    packet: Packet, controller_id: str, *, swapped: bool, received: datetime
) -> AccountingRequest | AccountingOnOff | None:
    kind = packet.integer(Attribute.ACCT_STATUS_TYPE)
    if kind in (_ACCOUNTING_ON, _ACCOUNTING_OFF):
        return AccountingOnOff(controller_id, kind == _ACCOUNTING_ON, _switched_at(packet, received))
    status = _STATUS.get(kind)
    device_mac = to_mac(packet.text(Attribute.CALLING_STATION_ID))
    acct_session_id = _acct_session_id(packet)
    if status is None or device_mac is None or not acct_session_id:
        return None
    identified = session.from_class(packet.values.get(Attribute.CLASS, b""))
    names = f"{controller_id}/{acct_session_id}/{device_mac}"
    session_id, policy_version = identified or (uuid5(_UNATTRIBUTED, names), 0)
    input_octets, output_octets = _octets(packet, swapped=swapped)
    return AccountingRequest(
        status=status,
        controller_id=controller_id,
        session_id=session_id,
        acct_session_id=acct_session_id,
        device_mac=device_mac,
        access_point_mac=access_point_mac(packet.text(Attribute.CALLED_STATION_ID)) or "",
        framed_ip=_address(packet),
        input_octets=input_octets,
        output_octets=output_octets,
        session_seconds=packet.integer(Attribute.ACCT_SESSION_TIME),
        occurred_at=_occurred_at(packet, received),
        policy_version=policy_version,
        terminate_cause=packet.integer(Attribute.ACCT_TERMINATE_CAUSE),
    )


def _octets(packet: Packet, *, swapped: bool) -> tuple[int, int]:
    """Returns the octets from and to the device, with their Gigawords (RFC 2869 sections 5.1 and 5.2)."""
    low_input, low_output = packet.integer(Attribute.ACCT_INPUT_OCTETS), packet.integer(Attribute.ACCT_OUTPUT_OCTETS)
    first = (packet.integer(Attribute.ACCT_INPUT_GIGAWORDS) << 32) + low_input
    second = (packet.integer(Attribute.ACCT_OUTPUT_GIGAWORDS) << 32) + low_output
    return (second, first) if swapped else (first, second)


def _occurred_at(packet: Packet, received: datetime) -> datetime:
    """Returns when what the packet reports happened, by its Event-Timestamp or its Acct-Delay-Time."""
    stamp = packet.integer(Attribute.EVENT_TIMESTAMP)
    stated = datetime.fromtimestamp(stamp, UTC) if stamp else None
    return session.occurred_at(stated, timedelta(seconds=packet.integer(Attribute.ACCT_DELAY_TIME)), received)


def _switched_at(packet: Packet, received: datetime) -> datetime:
    stamp = packet.integer(Attribute.EVENT_TIMESTAMP)
    stated = datetime.fromtimestamp(stamp, UTC) if stamp else None
    return session.switched_at(stated, timedelta(seconds=packet.integer(Attribute.ACCT_DELAY_TIME)), received)


def _acct_session_id(packet: Packet) -> str:
    return packet.text(Attribute.ACCT_SESSION_ID)[:128]


def _address(packet: Packet) -> str:
    value = packet.values.get(Attribute.FRAMED_IP_ADDRESS, b"")
    return str(IPv4Address(value)) if len(value) == 4 else ""


def of_access_accept(controller: Controller, accept: AccessAccept) -> list[tuple[int, bytes]]:
    """Returns Class, and the policy in the dialect of the controller's vendor."""
    return [
        (Attribute.CLASS, session.to_class(accept.session_id, accept.policy.version)),
        *vendors.policy_attributes(controller.vendor, accept.policy),
    ]
