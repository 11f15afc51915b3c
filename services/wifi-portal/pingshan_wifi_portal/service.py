"""How the parts of wifi-portal are joined; nothing else."""

from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_kit.runner import Service
from pingshan_values.actor import Actor, ActorKind

from pingshan_wifi_portal.entrypoints.radius import Radius
from pingshan_wifi_portal.settings import Settings
from pingshan_wifi_portal.usecases.seed_network import seed_network


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    personal = PersonalData.from_settings(settings)
    return Service(
        settings=settings,
        database=database,
        errors={},
        components={"radius": Radius(settings, database, personal).run},
    )


async def seed(settings: Settings) -> None:
    database = Database.from_settings(settings)
    actor = Actor(kind=ActorKind.SERVICE, service=settings.service)
    try:
        await seed_network(actor, settings, database, PersonalData.from_settings(settings))
    finally:
        await database.close()
