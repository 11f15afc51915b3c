"""Runs `python -m pingshan_wifi_portal serve|migrate|seed|openapi`."""

import pingshan_kit.process.importing  # noqa: F401 - first: it stops the garbage collector meanwhile
from pingshan_kit.process.runner import main

from pingshan_wifi_portal.service import build, seed
from pingshan_wifi_portal.settings import Settings

if __name__ == "__main__":
    main(build, Settings, seed)
