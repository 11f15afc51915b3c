from tests.support.workflow_fixtures import (
    bound,
    browser,
    client,
    counter,
    given,
    identity,
    licenses,
    rpc_server,
    service,
    settings,
    worker,
)

__all__ = [
    "bound",
    "browser",
    "client",
    "counter",
    "given",
    "identity",
    "licenses",
    "rpc_server",
    "service",
    "settings",
    "worker",
]
