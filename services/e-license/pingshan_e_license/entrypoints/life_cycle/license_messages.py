"""Makes gRPC messages of licences."""

from datetime import UTC, datetime

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import (
    license_pb2,
)
from pingshan_kit import clock
from pingshan_kit.errors import InvalidRequest

from pingshan_e_license.domain.license import Act, LicenseOfType, State, Transition
from pingshan_e_license.domain.life_cycle.history import Version
from pingshan_e_license.domain.verification.conclusion import shown_attributes, shown_holder

ACTS = {act: license_pb2.LicenseAct.Value(f"LICENSE_ACT_{act.name}") for act in Act}
_ACT_OF: dict[int, Act] = {value: act for act, value in ACTS.items()}
STATES = {state: license_pb2.LicenseState.Value(f"LICENSE_STATE_{state.name}") for state in State}
_STATE_OF: dict[int, State] = {value: state for state, value in STATES.items()}


def act_of(value: int) -> Act:
    """Returns the act of an enum's value. Raises InvalidRequest for none that is known."""
    if value not in _ACT_OF:
        raise InvalidRequest([("act", "没有这种办理。", "There is no such act.")])
    return _ACT_OF[value]


def state_of_message(value: int) -> State | None:
    """Returns the state of an enum's value, None where it is unspecified. Raises InvalidRequest for an unknown one."""
    if value == license_pb2.LICENSE_STATE_UNSPECIFIED:
        return None
    if value not in _STATE_OF:
        raise InvalidRequest([("state", "没有这种状态。", "There is no such state.")])
    return _STATE_OF[value]


def moment_of(request: Message, field: str) -> datetime | None:
    """Returns a request's timestamp, None where it is absent. Raises InvalidRequest for one beyond the calendar."""
    if not request.HasField(field):
        return None
    try:
        moment: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest([(field, "时间不正确。", "This is no moment of the calendar.")]) from error
    return moment


def transition_messages(version: Version) -> list[license_pb2.LicenseTransition]:
    return [_transition_message(version.license.version, each) for each in version.transitions]


def _transition_message(version: int, each: Transition) -> license_pb2.LicenseTransition:
    message = license_pb2.LicenseTransition(
        version=version,
        number=each.number,
        act=ACTS[each.act],
        standing=STATES[State(each.standing.value)],
        reason=each.reason,
        legal_basis=each.legal_basis,
        decision_number=each.decision_number,
    )
    message.effective_time.FromDatetime(each.effective_at)
    message.record_time.FromDatetime(each.recorded_at)
    return message


def license_message(found: LicenseOfType) -> license_pb2.License:
    """Returns the licence as the use case gives it, which decides what is masked for whom."""
    message = public_message(found)
    licence = found.license
    message.license_id = str(licence.license_id)
    message.serial_number = licence.serial_number
    message.holder_name = licence.holder.name
    message.holder_code = licence.holder.code
    message.credential = str(licence.credential)
    message.case_id = licence.case_id
    message.flagged = licence.is_flagged
    message.attributes.CopyFrom(ParseDict(dict(licence.attributes), Struct()))
    return message


def public_message(found: LicenseOfType) -> license_pb2.License:
    """Returns what everybody who verifies may see; only public fields where the holder is a person."""
    licence, holder, period = found.license, shown_holder(found), found.license.period
    message = license_pb2.License(
        identifier=licence.identifier,
        type=licence.type,
        type_name_zh=found.type.name_zh,
        type_name_en=found.type.name_en,
        agency=licence.agency,
        version=licence.version,
        holder_name=holder.name if holder else "",
        holder_code=holder.code if holder else "",
        state=license_pb2.LICENSE_STATE_UNCONFIRMED if found.doubts else STATES[licence.state_on(clock.today())],
        effective_on=period.effective_on.isoformat(),
        expires_on=period.expires_on.isoformat() if period.expires_on else "",
        attributes=ParseDict(shown_attributes(found), Struct()),
    )
    message.issue_time.FromDatetime(licence.issued_at)
    return message
