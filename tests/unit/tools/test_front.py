"""What stands in front of the platform is set by whoever starts it, and reaches everybody who names an address."""

from pathlib import Path

import pytest
from pingshan_tools.addresses import Addresses, Ports, fields, simulators_environment
from pingshan_tools.launcher import outside
from pingshan_tools.launcher.places import Places

IDENTITY, WORKFLOW, SIMULATORS = "https://id.example", "https://workflow.example:8443", "https://sim.example"
SET = {
    "PINGSHAN_IDENTITY_PUBLIC_URL": IDENTITY,
    "PINGSHAN_WORKFLOW_PUBLIC_URL": WORKFLOW,
    "PINGSHAN_SIMULATORS_PUBLIC_URL": SIMULATORS,
    "PINGSHAN_IDENTITY_TRUSTED_PROXIES": "127.0.0.1/32",
    "PINGSHAN_IDENTITY_OUTGOING_TRUSTED": "10.0.0.0/8",
    "PINGSHAN_WORKFLOW_OUTGOING_CA_FILE": "/ca.pem",
    "PINGSHAN_SIMULATORS_OUTGOING_CA_FILE": "/ca.pem",
    "PINGSHAN_IDENTITY_HTTP_PORT": "1",
}


def addresses(**variables: str) -> Addresses:
    return outside.addresses(Places(Path("/data")), Ports(), outside.from_environment(variables))


def test_without_a_setting_everything_is_on_this_machine() -> None:
    ours = addresses()
    identity = fields("identity", ours)
    assert identity["public_url"] == identity["issuer"] == "http://localhost:18081"
    assert identity["url_workflow"] == "http://localhost:18083"
    assert "trusted_proxies" not in identity
    assert simulators_environment(ours, Path("/data"))["PINGSHAN_SIMULATORS_PUBLIC_URL"] == "http://localhost:18090"


@pytest.mark.parametrize("service", ["identity", "e-license", "workflow", "wifi-portal", "alerts"])
def test_every_service_names_the_others_as_browsers_see_them(service: str) -> None:
    ours = fields(service, addresses(**SET))
    assert ours["issuer"] == ours["url_identity"] == IDENTITY
    assert ours["url_workflow"] == WORKFLOW
    assert ours["url_simulators"] == SIMULATORS
    assert ours["url_alerts"] == "http://localhost:18085"
    own = {"identity": IDENTITY, "workflow": WORKFLOW}
    assert ours["public_url"] == own.get(service, ours[f"url_{service.replace('-', '_')}"])


def test_what_goes_with_it_reaches_its_service_alone() -> None:
    ours = addresses(**SET)
    identity, workflow = fields("identity", ours), fields("workflow", ours)
    assert identity["trusted_proxies"] == "127.0.0.1/32"
    assert identity["outgoing_trusted"] == "localhost,10.0.0.0/8"
    assert (workflow["outgoing_ca_file"], "trusted_proxies" in workflow) == ("/ca.pem", False)
    assert identity["http_port"] == "18081", "where it listens is the launcher's business"


def test_the_parties_outside_know_the_same_addresses() -> None:
    theirs = simulators_environment(addresses(**SET), Path("/data"))
    assert theirs["PINGSHAN_SIMULATORS_ISSUER"] == theirs["PINGSHAN_SIMULATORS_URL_IDENTITY"] == IDENTITY
    assert theirs["PINGSHAN_SIMULATORS_PUBLIC_URL"] == SIMULATORS
    assert theirs["PINGSHAN_SIMULATORS_OUTGOING_CA_FILE"] == "/ca.pem"
    assert theirs["PINGSHAN_SIMULATORS_SMS_RECEIPTS_URL"].startswith("http://localhost:18085/"), "machine to machine"


@pytest.mark.parametrize(
    "origin",
    [
        "https://id.example/",
        "https://id.example/path",
        "https://id.example?x=1",
        "id.example",
        "ftp://id.example",
        "https://",
        "http://id.example",
        "http://10.0.0.1:8080",
    ],
)
def test_what_is_no_origin_or_has_no_tls_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="PINGSHAN_IDENTITY_PUBLIC_URL must"):
        outside.from_environment({"PINGSHAN_IDENTITY_PUBLIC_URL": origin})
