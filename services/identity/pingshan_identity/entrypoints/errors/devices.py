"""Errors about devices that ask to be let in."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_identity.domain.errors import DeviceCodeUnknown

ERRORS: ErrorTable = {
    DeviceCodeUnknown: ErrorRule(
        "IDENTITY_DEVICE_CODE_UNKNOWN",
        404,
        StatusCode.NOT_FOUND,
        "现在没有设备显示这个代码。请检查输入，或让设备重新显示一个。",
        "No device shows this code now. Please check it, or let the device show a new one.",
    ),
}
