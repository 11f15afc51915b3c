"""Makes gRPC messages of licences."""

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pingshan.e_license.v1 import (
    license_pb2,
)
from pingshan_kit import clock

from pingshan_e_license.domain.license import LicenseOfType, State
from pingshan_e_license.domain.verification.conclusion import shown_attributes, shown_holder

STATES = {
    State.VALID: license_pb2.LICENSE_STATE_VALID,
    State.REVOKED: license_pb2.LICENSE_STATE_REVOKED,
    State.EXPIRED: license_pb2.LICENSE_STATE_EXPIRED,
    State.NOT_YET_VALID: license_pb2.LICENSE_STATE_NOT_YET_VALID,
}


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
