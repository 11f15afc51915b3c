"""What identity owns from the first start: organisations, posts, people, clients. Running it again changes nothing."""

from pathlib import Path

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.clients.passwords import Passwords
from pingshan_identity.seed.clients import seed_clients
from pingshan_identity.seed.organisations import seed_organisations
from pingshan_identity.seed.people import seed_people
from pingshan_identity.seed.secret_file import SecretFile
from pingshan_identity.seed.upstreams import seed_wecom_members
from pingshan_identity.settings import Settings


async def seed(settings: Settings) -> None:
    """Everything in one transaction; the passwords are in their files before they are in the database."""
    database = Database.from_settings(settings)
    passwords = Passwords(threads=settings.password_threads, queue=settings.password_queue)
    try:
        async with database.begin() as tx:
            await seed_organisations(tx)
            await seed_people(
                tx, PersonalData.from_settings(settings), passwords, SecretFile(_required(settings.sign_ins_file))
            )
            await seed_wecom_members(tx, PersonalData.from_settings(settings))
            await seed_clients(tx, settings, SecretFile(_required(settings.client_secrets)))
    finally:
        await passwords.close()
        await database.close()


def _required(path: Path | None) -> Path:
    if path is None:
        raise ValueError("PINGSHAN_IDENTITY_SIGN_INS_FILE is needed: seeding writes the first passwords there")
    return path
