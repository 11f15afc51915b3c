"""deploy/k8s/base/network-policies.yaml: everything is closed, then each declared edge is opened."""

from typing import Any

import yaml

from pingshan_tools.edges import SERVICES, Edges

_HEAD = "# Generated from edges.yaml by make generate: do not edit.\n"
_SERVICE = "pingshan.example/service"
"""Label of every pod that runs a service's code: replicas, worker, migration."""
_SERVERS = {"postgres": 5432, "nats": 4222, "otel-collector": 4317}
_Policy = dict[str, Any]


def render(edges: Edges) -> str:
    policies = [_closed(), *(_of_service(edges, service) for service in edges.zones)]
    return _HEAD + yaml.safe_dump_all(policies, sort_keys=False, width=120)


def _policy(name: str, spec: _Policy) -> _Policy:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


def _closed() -> _Policy:
    selector = {"matchExpressions": [{"key": _SERVICE, "operator": "Exists"}]}
    return _policy("closed", {"podSelector": selector, "policyTypes": ["Ingress", "Egress"]})


def _of_service(edges: Edges, service: str) -> _Policy:
    spec = {
        "podSelector": {"matchLabels": {_SERVICE: service}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": _ingress(edges, service),
        "egress": _egress(edges, service),
    }
    return _policy(service, spec)


def _pods(name: str) -> _Policy:
    """Returns the selector of a service's pods, or of a server's by its usual label."""
    label = _SERVICE if name in SERVICES else "app.kubernetes.io/name"
    return {"podSelector": {"matchLabels": {label: name}}}


def _port(port: int | str, protocol: str = "TCP") -> _Policy:
    return {"port": port, "protocol": protocol}


def _ingress(edges: Edges, service: str) -> list[_Policy]:
    callers = sorted({call.caller for call in edges.calls if call.callee == service})
    opened = any(method.startswith(f"pingshan.{service.replace('-', '_')}.") for method in edges.open_methods)
    to_grpc = [*callers, *(["gateway"] if opened else [])]
    http_from = ["gateway", *(other for other in edges.zones if service == "identity" and other != service)]
    rules = [{"from": [_pods(name) for name in http_from], "ports": [_port("http")]}]
    if to_grpc:
        rules.append({"from": [_pods(name) for name in to_grpc], "ports": [_port("grpc")]})
    if service == "wifi-portal":
        rules.append({"ports": [_port("radius-auth", "UDP"), _port("radius-acct", "UDP")]})
    return rules


def _egress(edges: Edges, service: str) -> list[_Policy]:
    rules: list[_Policy] = [{"ports": [_port(53, "UDP"), _port(53)]}]
    servers = _SERVERS | ({"temporal": 7233} if service == "workflow" else {})
    rules += [{"to": [_pods(name)], "ports": [_port(port)]} for name, port in servers.items()]
    rules += [{"to": [_pods(callee)], "ports": [_port("grpc")]} for callee in edges.callees_of(service)]
    if service != "identity":
        rules.append({"to": [_pods("identity")], "ports": [_port("http")]})
    if service == "alerts":
        rules.append({"ports": [_port(443)]})
    return rules
