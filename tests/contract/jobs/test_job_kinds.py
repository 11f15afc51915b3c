"""What every service declares of its jobs: rooms that fit into one process, and payloads that older rows still fit."""

from importlib import import_module
from typing import Any
from unittest.mock import MagicMock

import pytest
from pingshan_kit.jobs import JobHandler, JobKind, Periodic
from pingshan_kit.jobs.runner import PLACES

SERVICES = ("alerts", "identity", "wifi_portal")
ID = "0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
QUEUED_BY_1 = [
    ("alerts", "dispatch-alert", {"alert_id": "AL-2026-000001"}),
    ("alerts", "deliver-sms", {"delivery_id": ID}),
    ("alerts", "deliver-webhook", {"delivery_id": ID}),
    ("alerts", "escalate-alert", {"alert_id": "AL-2026-000001", "who": "owner"}),
    ("alerts", "send-notification", {"notification_id": ID}),
    ("alerts", "notify-license-issued", {"event_id": ID, "license_id": ID}),
    (
        "alerts",
        "notify-license-changed",
        {
            "event_id": ID,
            "license_id": ID,
            "identifier": "",
            "type_name_zh": "",
            "type_name_en": "",
            "act": "suspended",
        },
    ),
    ("alerts", "notify-case-closed", {"event_id": ID, "case_id": "2026-000001", "outcome": "approved"}),
    ("alerts", "raise-controller-stopped", {"event_id": ID, "controller_id": "ac-1", "session_count": 3}),
    ("alerts", "raise-duty-filled", {"event_id": ID, "duty": "auditor", "person_id": ID, "organisations": ["data"]}),
    ("identity", "apply-import", {"import_id": ID, "person_id": ID}),
    ("identity", "end-everybodys-sessions", {"organisation": "water", "moment": "2026-11-29T08:00:00+00:00"}),
    ("identity", "end-everybodys-sessions", {"client_id": "oa", "moment": "2026-11-29T08:00:00+00:00"}),
    ("identity", "send-sms-code", {"sealed": "00ff"}),
    ("identity", "try-sign-out", {"client_id": "oa"}),
    ("identity", "deliver-logout", {"sign_out_id": ID, "client_id": "oa"}),
    ("identity", "deliver-logout-to-registered", {"sign_out_id": ID, "client_id": "c-1"}),
    ("wifi_portal", "disconnect", {"session_id": ID}),
    ("wifi_portal", "change-authorisation", {"session_id": ID}),
    ("wifi_portal", "tell-quota-used", {"visitor_id": ID, "day": "2026-11-29", "rate_kbps": 1024}),
]
"""One payload of every kind as the first version wrote it, into rows that may still be queued."""


def declared(service: str) -> dict[str, JobKind[Any]]:
    module = import_module(f"pingshan_{service}.usecases.job_kinds")
    return {kind.name: kind for kind in vars(module).values() if isinstance(kind, JobKind)}


def handled(service: str) -> tuple[list[JobHandler[Any]], list[Periodic]]:
    module = import_module(f"pingshan_{service}.entrypoints.jobs")
    return list(module.handlers(MagicMock())), list(module.periodic(MagicMock()))


@pytest.mark.parametrize("service", SERVICES)
def test_every_declared_kind_has_its_handler(service: str) -> None:
    handlers, _ = handled(service)
    assert {handler.kind.name: handler.kind for handler in handlers} == declared(service)


@pytest.mark.parametrize("service", SERVICES)
def test_all_rooms_fit_into_one_process(service: str) -> None:
    """As long as they do, no kind ever waits for another one, whatever its priority."""
    handlers, periodic = handled(service)
    housekeeping = 1
    assert sum(handler.kind.concurrency for handler in handlers) + len(periodic) + housekeeping <= PLACES


@pytest.mark.parametrize(("service", "name", "payload"), QUEUED_BY_1)
def test_what_an_older_version_queued_is_read(service: str, name: str, payload: dict[str, Any]) -> None:
    kind = declared(service)[name]
    read = kind.payload.model_validate(payload)
    assert kind.payload.model_validate(read.model_dump(mode="json")) == read
