"""The commands of identity's process."""

from pingshan_kit.process.runner import main
from pingshan_kit.storage.database import Database

from pingshan_identity.entrypoints.commands import receipt_holds
from pingshan_identity.seed import seed
from pingshan_identity.service import build, dependencies
from pingshan_identity.settings import Settings


async def verify_receipt_file(settings: Settings, text: str) -> tuple[bool, str]:
    """Check the receipt of a sign-out: who, when and how many systems confirmed, or exit code 1."""
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    try:
        return await receipt_holds(deps, text)
    finally:
        await close()
        await database.close()


if __name__ == "__main__":
    main(build, Settings, seed, {"verify-receipt": verify_receipt_file})
