"""The commands of identity's process."""

from pingshan_kit.process.runner import main

from pingshan_identity.entrypoints.commands import receipt_holds
from pingshan_identity.seed import seed
from pingshan_identity.service import build
from pingshan_identity.settings import Settings

if __name__ == "__main__":
    main(build, Settings, seed, {"verify-receipt": receipt_holds})
