"""Retention: for how long alerts keeps rows that have served their time."""

from datetime import timedelta

from pingshan_kit.storage.housekeeping import Kept

from pingshan_alerts.store.tables import message_budget

RETENTION = (Kept(message_budget, "attempted_at", timedelta(days=2)),)
"""Longer than the longest budget of `sms_templates.json`."""
