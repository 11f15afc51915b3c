"""Clients under test, in the memory of each process, so that requests of other clients cost nothing more."""

from collections.abc import Mapping
from datetime import datetime

from pingshan_kit import clock


class TestedClients:
    """Keeps the clients under test and when each test ends; `usecases/clients/load_tested_clients.py` fills it."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def adopt(self, until: Mapping[str, datetime]) -> None:
        """Replaces all entries by these: when each open test ends, by client id."""
        self._until = dict(until)

    def add(self, client_id: str, until: datetime) -> None:
        """Adds a test that this process began."""
        self._until[client_id] = until

    def __contains__(self, client_id: str) -> bool:
        until = self._until.get(client_id)
        return until is not None and until > clock.now()
