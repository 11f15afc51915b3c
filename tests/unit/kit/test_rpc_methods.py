"""What the kit reads from the protos."""

import json

import pytest
from pingshan_kit.rpc.client import service_config
from pingshan_kit.rpc.methods import is_repeatable, methods_of


@pytest.mark.parametrize(
    ("method", "repeatable"),
    [
        ("pingshan.e_license.v1.LicenseService/GetLicense", True),
        ("pingshan.e_license.v1.LicenseService/IssueLicense", True),
        ("pingshan.e_license.v1.VerificationService/VerifyLicense", False),
        ("pingshan.identity.v1.TokenService/IntrospectToken", True),
        ("pingshan.identity.v1.TokenService/ExchangeToken", False),
    ],
)
def test_the_proto_decides_and_not_the_verb(method: str, repeatable: bool) -> None:
    assert is_repeatable(method) == repeatable


def test_a_method_that_no_proto_declares() -> None:
    with pytest.raises(KeyError):
        is_repeatable("pingshan.e_license.v1.LicenseService/GetNothing")


def test_all_methods_of_a_package() -> None:
    found = {method.full_name for method in methods_of("pingshan.alerts.v1")}
    assert "pingshan.alerts.v1.NotificationService.SendNotification" in found
    assert len(found) == 6


def test_only_repeatable_methods_are_repeated() -> None:
    service = "pingshan.e_license.v1.VerificationService"
    config = json.loads(service_config([f"{service}/VerifyLicense", "pingshan.e_license.v1.LicenseService/GetLicense"]))
    [policy] = config["methodConfig"]
    assert policy["name"] == [{"service": "pingshan.e_license.v1.LicenseService", "method": "GetLicense"}]
    assert policy["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
