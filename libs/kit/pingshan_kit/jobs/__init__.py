"""Outside effects as rows: enqueued in the use case's transaction, run afterwards.

Why no library: docs/adr/0001-jobs.md. `runner` belongs to the process alone, so it is not named here.
"""

from pingshan_kit.jobs.queue import Abandon, Job, JobHandler, JobKind, Periodic, Queued, enqueue, enqueue_all

__all__ = ["Abandon", "Job", "JobHandler", "JobKind", "Periodic", "Queued", "enqueue", "enqueue_all"]
