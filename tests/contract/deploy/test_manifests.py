"""The deployable shape, checked without a cluster."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import starlark
import yaml
from pingshan_tools.addresses import database_name, package_name
from pingshan_tools.edges import SERVICES, load
from pingshan_tools.kubernetes_secrets import manifests

ROOT = Path(__file__).parents[3]
OVERLAY = ROOT / "deploy/k8s/overlays/dev"
STUBS = ["docker_build", "k8s_yaml", "kustomize", "k8s_resource", "local", "port_forward"]

needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")


@pytest.fixture(scope="module")
def rendered() -> str:
    return subprocess.run(["kubectl", "kustomize", OVERLAY], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def secrets(tmp_path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(manifests(tmp_path, load(ROOT / "edges.yaml"))))


def pods(rendered: str) -> list[dict[str, Any]]:
    workloads = [document for document in yaml.safe_load_all(rendered) if "template" in document.get("spec", {})]
    return [workload["spec"]["template"]["spec"] for workload in workloads]


@needs_kubectl
def test_manifests_are_valid(rendered: str, secrets: list[dict[str, Any]], tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(rendered + "\n---\n" + yaml.safe_dump_all(secrets))
    validate = Path(sys.executable).with_name("kubernetes-validate")
    result = subprocess.run([validate, "--strict", file], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_kubectl
def test_every_service_runs_and_migrates(rendered: str) -> None:
    kinds = {(document["kind"], document["metadata"]["name"]) for document in yaml.safe_load_all(rendered)}
    for service in SERVICES:
        assert {("Deployment", service), ("Service", service), ("Job", f"{service}-migrate")} <= kinds
        assert ("NetworkPolicy", service) in kinds


@needs_kubectl
def test_pods_are_restricted(rendered: str) -> None:
    for pod in pods(rendered):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"] + pod.get("initContainers", []):
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]


@needs_kubectl
def test_every_mounted_secret_is_made(rendered: str, secrets: list[dict[str, Any]]) -> None:
    made = {document["metadata"]["name"] for document in secrets}
    volumes = [volume for pod in pods(rendered) for volume in pod.get("volumes", [])]
    wanted = {volume["secret"]["secretName"] for volume in volumes if "secret" in volume}
    assert wanted <= made


@needs_kubectl
def test_only_migrations_see_the_owner_of_a_database(rendered: str) -> None:
    for document in yaml.safe_load_all(rendered):
        if document["kind"] == "Deployment":
            assert "-owner" not in yaml.safe_dump(document["spec"]["template"]["spec"]["volumes"])


@needs_kubectl
@pytest.mark.parametrize("service", SERVICES)
def test_each_service_accepts_its_settings(service: str, rendered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for document in yaml.safe_load_all(rendered):
        if document["kind"] == "ConfigMap" and document["metadata"]["name"] == service:
            for name, value in document["data"].items():
                monkeypatch.setenv(name, value)
    settings = importlib.import_module(f"{package_name(service)}.settings").Settings()
    assert settings.environment == "production"
    assert all(settings.rpc_address(sibling) for sibling in load().callees_of(service))


@needs_kubectl
def test_the_way_in_keeps_source_addresses_and_is_the_only_proxy_believed(rendered: str) -> None:
    """Limits per network need the client's address: no hop may hide it, and nobody else may say it."""
    documents = list(yaml.safe_load_all(rendered))
    open_ones = [
        d for d in documents if d["kind"] == "Service" and d["spec"].get("type") in {"LoadBalancer", "NodePort"}
    ]
    assert {d["metadata"]["name"] for d in open_ones} == {"gateway", "wifi-portal-radius"}
    assert {d["spec"]["externalTrafficPolicy"] for d in open_ones} == {"Local"}
    routed = [rule for d in documents if d["kind"] == "Ingress" for rule in d["spec"]["rules"]]
    assert {rule["http"]["paths"][0]["backend"]["service"]["name"] for rule in routed} == set(SERVICES)
    gateway = next(d for d in open_ones if d["metadata"]["name"] == "gateway")["spec"]["selector"]
    configured = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
    believed = {configured[name][f"PINGSHAN_{database_name(name).upper()}_TRUSTED_PROXIES"] for name in SERVICES}
    assert believed == {"10.42.255.0/28"}
    for service in SERVICES:
        policy = next(d for d in documents if (d["kind"], d["metadata"]["name"]) == ("NetworkPolicy", service))["spec"][
            "ingress"
        ]
        http = next(rule for rule in policy if rule["ports"][0]["port"] == "http")
        assert {"podSelector": {"matchLabels": gateway}} in http["from"]
        assert all("podSelector" in peer for peer in http["from"])


def test_tiltfile_evaluates() -> None:
    module = starlark.Module()
    calls: list[str] = []
    for stub in STUBS:
        module.add_callable(stub, lambda *_args, _name=stub, **_named: calls.append(_name))
    # Tilt lets a Tiltfile loop at its top level, which plain Starlark does not.
    dialect = starlark.Dialect.extended()
    dialect.enable_top_level_stmt = True
    tree = starlark.parse("Tiltfile", (ROOT / "Tiltfile").read_text(), dialect)
    starlark.eval(module, tree, starlark.Globals.standard())
    assert calls.count("k8s_resource") == 3 + 2 * len(SERVICES) + 1
    assert {"docker_build", "kustomize", "k8s_yaml"} <= set(calls)
