"""Events that identity consumes: its own orders to tell a system, and the heads of the others' records."""

from collections.abc import Sequence
from typing import Any

from pingshan_events import alerts, e_license, wifi_portal, workflow
from pingshan_events.identity import LogoutRequested
from pingshan_kit import record_heads
from pingshan_kit.events.bus import Consumer

from pingshan_identity.usecases.sign_out.order_logout import order_logout


def consumers() -> Sequence[Consumer[Any]]:
    return (
        Consumer("deliver-logout", LogoutRequested, order_logout),
        Consumer("keep-e-license-head", e_license.RecordSealed, record_heads.keep),
        Consumer("keep-workflow-head", workflow.RecordSealed, record_heads.keep),
        Consumer("keep-wifi-portal-head", wifi_portal.RecordSealed, record_heads.keep),
        Consumer("keep-alerts-head", alerts.RecordSealed, record_heads.keep),
    )
