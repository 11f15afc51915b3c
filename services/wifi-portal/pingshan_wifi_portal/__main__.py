"""Runs `python -m pingshan_wifi_portal serve|migrate|seed|openapi`."""

from pingshan_kit.process.runner import main

from pingshan_wifi_portal.service import build, seed
from pingshan_wifi_portal.settings import Settings

main(build, Settings, seed)
