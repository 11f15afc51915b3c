"""Says before anything starts which port somebody else already uses."""

import socket
from collections.abc import Iterator

import psutil

from pingshan_tools.addresses import Ports
from pingshan_tools.edges import SERVICES
from pingshan_tools.launcher import children
from pingshan_tools.launcher.outside import Outside
from pingshan_tools.launcher.places import Places

Wanted = tuple[str, int, socket.SocketKind]

_TCP, _UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM


def taken(places: Places, ports: Ports, beyond: Outside) -> list[str]:
    """Returns one sentence per port that is taken; the survivors of this platform may keep theirs."""
    surviving = {record.name for record in children.records(places) if children.running(record, places)}
    return [
        f"{kind_name(kind)} port {port} ({name}) is taken{_by(port)}"
        for name, port, kind in wanted(ports, beyond)
        if name not in surviving and not _free(port, kind)
    ]


def wanted(ports: Ports, beyond: Outside) -> Iterator[Wanted]:
    if not beyond.postgres_url:
        yield "postgresql", ports.postgres, _TCP
    if not beyond.nats_url:
        yield "nats", ports.nats, _TCP
        yield "nats", ports.nats_monitor, _TCP
    if not beyond.temporal_address:
        yield from (("temporal", ports.temporal + offset, _TCP) for offset in range(4))
    if not beyond.otlp_endpoint:
        yield "trace-sink", ports.otlp, _TCP
        yield "trace-sink", ports.sink_page, _TCP
    yield "simulators", ports.simulators, _TCP
    for service in SERVICES:
        yield service, ports.http(service), _TCP
        yield service, ports.grpc(service), _TCP
    yield "wifi-portal", ports.radius_auth, _UDP
    yield "wifi-portal", ports.radius_acct, _UDP


def kind_name(kind: socket.SocketKind) -> str:
    return "UDP" if kind == _UDP else "TCP"


def _free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == _TCP:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _by(port: int) -> str:
    """Returns who listens there, empty where this user may not know it."""
    try:
        for connection in psutil.net_connections("inet"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""
    return ""
