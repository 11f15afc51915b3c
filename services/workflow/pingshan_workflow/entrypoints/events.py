"""Consumes siblings' events that concern cases."""

from collections.abc import Sequence
from typing import Any

from pingshan_events.e_license import LicenseRevoked
from pingshan_kit.events.bus import Consumer

from pingshan_workflow.usecases.cases.note_license_revoked import note_license_revoked

CONSUMERS: Sequence[Consumer[Any]] = (Consumer("note-license-revoked", LicenseRevoked, note_license_revoked),)
