"""Runs `python -m pingshan_alerts serve|migrate|seed|openapi`."""

from pingshan_kit.process.runner import main

from pingshan_alerts.service import build
from pingshan_alerts.settings import Settings

main(build, Settings)
