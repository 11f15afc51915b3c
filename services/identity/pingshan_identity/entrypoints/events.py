"""Events that identity consumes: its own orders to tell a system."""

from collections.abc import Sequence
from typing import Any

from pingshan_events.identity import LogoutRequested
from pingshan_kit.events.bus import Consumer

from pingshan_identity.usecases.sign_out.order_logout import order_logout


def consumers() -> Sequence[Consumer[Any]]:
    return (Consumer("deliver-logout", LogoutRequested, order_logout),)
