"""Runs `python -m pingshan_e_license serve|migrate|seed|openapi`."""

import pingshan_kit.process.importing  # noqa: F401 - first: it stops the garbage collector meanwhile
from pingshan_kit.process.runner import main

from pingshan_e_license.seed import seed
from pingshan_e_license.service import build
from pingshan_e_license.settings import Settings

if __name__ == "__main__":
    main(build, Settings, seed)
