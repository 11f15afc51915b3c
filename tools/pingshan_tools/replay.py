"""`pingshan events replay`: what a service has published, once more, for a NATS that lost its disk."""

from datetime import datetime

from pingshan_kit.events.event_log import replay
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.storage.database import Database

from pingshan_tools import secret_files, topology
from pingshan_tools.addresses import Addresses, fields


async def replay_events(service: str, addresses: Addresses, *, since: datetime) -> int:
    """Publishes the events again with the ids that they had, so nobody applies one twice; returns their number.

    Raises what `topology.Refused` names, Unavailable where PostgreSQL is away.
    """
    password = secret_files.read(addresses.secrets, service, "nats_password")
    async with topology.connected(addresses.nats, user=service, password=password):
        pass  # a service waits for NATS without end, and so does what publishes below; somebody waits for a command
    settings = _settings(service, addresses)
    database = Database.from_settings(settings)
    try:
        return await replay(settings, database, since=since)
    finally:
        await database.close()


def _settings(name: str, addresses: Addresses) -> ServiceSettings:
    class Settings(ServiceSettings):
        service = name

    return Settings.model_validate(fields(name, addresses))
