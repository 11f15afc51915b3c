"""Retention: for how long e-license keeps rows that have served their time."""

from datetime import timedelta

from pingshan_kit.storage.housekeeping import Kept

from pingshan_e_license.domain.issuing.bulk_issue import BulkState
from pingshan_e_license.store.tables import bulk_issue, holder_answer_count, kept_answer, public_verification_budget

RETENTION = (
    Kept(public_verification_budget, "attempted_at", timedelta(days=1)),
    Kept(bulk_issue, "ended_at", timedelta(days=90)),
    # An upload that broke off, and one that nobody ordered to be issued.
    Kept(bulk_issue, "uploaded_at", timedelta(days=1), where=bulk_issue.c.state == BulkState.RECEIVING.value),
    Kept(bulk_issue, "uploaded_at", timedelta(days=90), where=bulk_issue.c.state == BulkState.CHECKED.value),
    Kept(kept_answer, "answered_at", timedelta(days=1)),  # what came without an answer is asked again sooner
    Kept(holder_answer_count, "counted_at", timedelta(days=2)),
)
