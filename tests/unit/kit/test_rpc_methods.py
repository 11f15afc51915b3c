"""What the kit reads from the protos."""

import json

import pytest
from pingshan_kit.rpc.client import service_config
from pingshan_kit.rpc.methods import is_repeatable, is_write, methods_of


@pytest.mark.parametrize(
    ("method", "writes", "repeatable"),
    [
        ("pingshan.e_license.v1.LicenseService/GetLicense", False, True),
        ("pingshan.e_license.v1.LicenseService/IssueLicense", True, True),
        ("pingshan.e_license.v1.VerificationService/VerifyLicense", True, False),
        ("pingshan.identity.v1.TokenService/IntrospectToken", False, True),
        ("pingshan.identity.v1.TokenService/ExchangeToken", True, False),
    ],
)
def test_the_proto_decides_and_not_the_verb(method: str, writes: bool, repeatable: bool) -> None:
    assert (is_write(method), is_repeatable(method)) == (writes, repeatable)


def test_a_method_that_no_proto_declares() -> None:
    with pytest.raises(KeyError):
        is_write("pingshan.e_license.v1.LicenseService/GetNothing")


def test_all_methods_of_a_package() -> None:
    found = {method.full_name for method in methods_of("pingshan.alerts.v1")}
    assert "pingshan.alerts.v1.NotificationService.SendNotification" in found
    assert len(found) == 6


def test_only_repeatable_methods_are_repeated() -> None:
    service = "pingshan.e_license.v1.VerificationService"
    config = json.loads(service_config([f"{service}/VerifyLicense", "pingshan.e_license.v1.LicenseService/GetLicense"]))
    [policy] = config["methodConfig"]
    assert policy["name"] == [{"service": "pingshan.e_license.v1.LicenseService", "method": "GetLicense"}]
    assert policy["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
