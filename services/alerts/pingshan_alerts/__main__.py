"""Runs `python -m pingshan_alerts serve|migrate|seed|openapi`."""

import pingshan_kit.process.importing  # noqa: F401 - first: it stops the garbage collector meanwhile
from pingshan_kit.process.runner import main

from pingshan_alerts.service import build
from pingshan_alerts.settings import Settings

if __name__ == "__main__":
    main(build, Settings)
