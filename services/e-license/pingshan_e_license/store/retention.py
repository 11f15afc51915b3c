"""Retention: for how long e-license keeps rows that have served their time."""

from datetime import timedelta

from pingshan_kit.storage.housekeeping import Kept

from pingshan_e_license.store.tables import holder_answer_count, kept_answer

RETENTION = (
    Kept(kept_answer, "answered_at", timedelta(days=1)),  # what came without an answer is asked again sooner
    Kept(holder_answer_count, "counted_at", timedelta(days=2)),
)
