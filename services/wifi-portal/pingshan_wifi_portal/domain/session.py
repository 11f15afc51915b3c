"""Applies Accounting-Requests to the session of a device (RFC 2866).

The counters of a request are totals since the session began, so a request that comes twice, late or in another order
adds nothing: what is kept is the largest total seen, and how far it moved.
"""

import json
import struct
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

MAXIMUM_BYTES_PER_SECOND = 125_000_000
"""1 Gbit/s, more than one device can move: a larger step is a broken or forged counter."""
SLACK_SECONDS = 60
LONGEST_UNKNOWN = timedelta(days=31)
"""Longest session believed of a device that nobody signed in with: when it began is not known."""
SILENCE = timedelta(minutes=20)
"""Time without a report after which a session is over: four Interim-Updates."""
CLOCK_SLACK = timedelta(minutes=5)
"""Most by which a controller's clock may differ from ours and still be believed."""
LONGEST_DELAY = timedelta(days=1)
"""Longest time for which a controller may hold a report back."""

_CAUSES = {
    1: "user-request",
    2: "lost-carrier",
    4: "idle-timeout",
    5: "session-timeout",
    6: "admin-reset",
    7: "admin-reboot",
}


class Status(StrEnum):
    """Names the Acct-Status-Types of a device's session (RFC 2866 section 5.1)."""

    START = "start"
    STOP = "stop"
    INTERIM_UPDATE = "interim"


@dataclass(frozen=True, slots=True)
class AccountingRequest:
    """Holds an Accounting-Request about one session; a controller's swapped octets are put right already."""

    status: Status
    controller_id: str
    session_id: UUID
    acct_session_id: str
    device_mac: str
    access_point_mac: str
    framed_ip: str
    input_octets: int
    """Total from the device."""
    output_octets: int
    """Total to the device."""
    session_seconds: int
    occurred_at: datetime
    policy_version: int = 0
    """From the Class attribute; 0 where it was absent."""
    terminate_cause: int = 0


@dataclass(frozen=True, slots=True)
class AccountingOnOff:
    """Holds an Accounting-On or -Off (RFC 2866 section 5.1): the controller starts, or stops, taking reports."""

    controller_id: str
    on: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    session_id: UUID
    controller_id: str
    hotspot_id: str
    device_mac: str
    acct_session_id: str
    visitor_id: UUID | None
    sign_in_id: UUID | None
    version: int
    started_at: datetime | None
    ended_at: datetime | None
    last_report_at: datetime | None
    input_octets: int
    output_octets: int
    counter_input: int
    counter_output: int
    """Total as last reported, per direction; below the octets once the controller's counters began again."""
    session_seconds: int
    end_cause: str = ""
    framed_ip: str = ""
    authorised_at: datetime | None = None
    implausible_report: str = ""
    """Counters of the last report that was not believed, as they came; empty where there was none."""

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def correlation_id(self) -> str:
        """Returns the id of the sign-in that opened the session, or the session's own where there was none."""
        return str(self.sign_in_id or self.session_id)


@dataclass(frozen=True, slots=True)
class Outcome:
    session: Session
    octets: int = 0
    """Octets newly used, both directions together."""
    started: bool = False
    ended: bool = False
    implausible: bool = False
    """Whether the counters are none that the device can have reached; nothing of them is added."""


def occurred_at(stated: datetime | None, delay: timedelta, received: datetime) -> datetime:
    """Returns when what is reported happened: the stated time where it is plausible, else `received` less the delay.

    `stated` is the Event-Timestamp (RFC 2869 section 5.3), `delay` the Acct-Delay-Time (RFC 2866 section 5.2).
    """
    sent = received - min(delay, LONGEST_DELAY)
    if stated is None or abs(stated - sent) > CLOCK_SLACK:
        return sent
    return min(stated, received)


def switched_at(stated: datetime | None, delay: timedelta, received: datetime) -> datetime:
    """Returns when a controller started or stopped: the stated time where there is one, never one that is to come.

    Whoever recorded an Accounting-On or -Off may send it again, and it is as genuine as at first: by its own time it
    ends nothing that began since. A controller whose clock is behind ends none of its sessions so; they are over by
    silence.
    """
    sent = received - min(delay, LONGEST_DELAY)
    return sent if stated is None else min(stated, sent)


def is_overtaken(occurred_at: datetime, last_packet_at: datetime | None) -> bool:
    """Returns whether the controller has reported something after the stop that is told of only now."""
    return last_packet_at is not None and last_packet_at > occurred_at + CLOCK_SLACK


def apply(session: Session, request: AccountingRequest) -> Outcome:
    """Returns what the request changes; a repeated or overtaken one changes nothing."""
    if request.status is Status.START:
        return _start(session, request)
    if session.ended_at is not None and request.status is Status.INTERIM_UPDATE:
        if request.session_seconds <= session.session_seconds:
            return Outcome(session)
        counted = _count(replace(session, ended_at=None, end_cause=""), request)
        return Outcome(session, implausible=True) if counted.implausible else counted
    counted = _count(session, request)
    if request.status is Status.STOP and session.ended_at is None:
        ended = replace(counted.session, ended_at=request.occurred_at, end_cause=cause(request.terminate_cause))
        return replace(counted, session=replace(ended, started_at=_began(session, request)), ended=True)
    return counted


def refusal(owner: str | None, request: AccountingRequest) -> str:
    """Returns why the request is not taken, an empty string where it is.

    `owner` is the controller of the session; of an unknown one, that of the access point; None where neither is known.
    """
    if owner is None:
        return "unknown-access-point"
    if owner != request.controller_id:
        return "foreign-session"
    return ""


def _start(session: Session, request: AccountingRequest) -> Outcome:
    if session.started_at is not None or session.ended_at is not None:
        return Outcome(session)
    return Outcome(
        replace(
            session,
            started_at=request.occurred_at,
            last_report_at=request.occurred_at,
            acct_session_id=request.acct_session_id,
            framed_ip=request.framed_ip or session.framed_ip,
        ),
        started=True,
    )


def _count(session: Session, request: AccountingRequest) -> Outcome:
    """Adds how far the counters moved; an Interim-Update without a Start stands for it.

    Counters that cannot be right are kept as they came and not added; the report says all the same that the device is
    there.
    """
    if request.session_seconds < session.session_seconds:
        return Outcome(session)
    seen = replace(
        session,
        started_at=_began(session, request),
        last_report_at=request.occurred_at,
        acct_session_id=request.acct_session_id,
        framed_ip=request.framed_ip or session.framed_ip,
    )
    started = session.started_at is None
    unbelieved = Outcome(replace(seen, implausible_report=reported(request)), started=started, implausible=True)
    if request.session_seconds > longest(session, request.occurred_at).total_seconds():
        return unbelieved
    later = request.session_seconds > session.session_seconds
    lower = request.input_octets < session.counter_input or request.output_octets < session.counter_output
    began_again = later and lower
    base_input, base_output = (0, 0) if began_again else (session.counter_input, session.counter_output)
    input_step = max(0, request.input_octets - base_input)
    output_step = max(0, request.output_octets - base_output)
    seconds = request.session_seconds - session.session_seconds + SLACK_SECONDS
    if input_step + output_step > 2 * MAXIMUM_BYTES_PER_SECOND * seconds:
        return unbelieved
    counted = replace(
        seen,
        input_octets=session.input_octets + input_step,
        output_octets=session.output_octets + output_step,
        counter_input=request.input_octets if began_again else max(session.counter_input, request.input_octets),
        counter_output=request.output_octets if began_again else max(session.counter_output, request.output_octets),
        session_seconds=request.session_seconds,
    )
    return Outcome(counted, octets=input_step + output_step, started=started)


def longest(session: Session, at: datetime) -> timedelta:
    """Returns the longest Acct-Session-Time that a report of that moment can have (RFC 2866 section 5.7)."""
    if session.visitor_id is None or session.authorised_at is None:
        return LONGEST_UNKNOWN
    return at - min(session.authorised_at, session.started_at or at) + CLOCK_SLACK


def reported(request: AccountingRequest) -> str:
    """Returns the counters of a report as JSON, with the time of the report."""
    names = ("session_seconds", "input_octets", "output_octets")
    counters = {name: getattr(request, name) for name in names}
    return json.dumps({"at": request.occurred_at.isoformat()} | counters)


def _began(session: Session, request: AccountingRequest) -> datetime:
    return session.started_at or request.occurred_at


def cause(number: int) -> str:
    """Returns the words of an Acct-Terminate-Cause (RFC 2866 section 5.10), "other" for an unknown one."""
    return _CAUSES.get(number, "other")


_CLASS = struct.Struct("!4s16sI")


def to_class(session_id: UUID, policy_version: int) -> bytes:
    """Returns the Class of an Access-Accept, which comes back in every Accounting-Request (RFC 2865 section 5.25)."""
    return _CLASS.pack(b"PSW1", session_id.bytes, policy_version)


def from_class(value: bytes) -> tuple[UUID, int] | None:
    """Returns session id and policy version, None where the Class is not ours."""
    if len(value) != _CLASS.size or not value.startswith(b"PSW1"):
        return None
    _, identifier, version = _CLASS.unpack(value)
    return UUID(bytes=identifier), version
