"""A bulk issue of 100,000 rows: time, CPU and memory: `pytest -s tests/load/e-license/bench_bulk_issue.py`.

By the use cases, in this process; memory is what the process grows by while the file is taken in, checked and issued.
"""

import resource
import time
from uuid import UUID

from pingshan_e_license.usecases.issuing.read_bulk_issue import read_bulk_issue

from tests.support.e_license.bulk import an_object, lines, upload, work
from tests.support.e_license.orders import issuer_of
from tests.support.e_license.service import RunningService
from tests.support.load.figures import Figures

ROWS = 100_000
AMR = issuer_of("amr")


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def bulk(running: RunningService, prefix: str, rows: int) -> UUID:
    bulk_issue_id = await upload(running.given, AMR, lines(an_object(f"{prefix}{n}") for n in range(rows)))
    await work(running.given, bulk_issue_id)
    return bulk_issue_id


async def test_a_hundred_thousand_rows(running: RunningService, figures: Figures) -> None:
    await bulk(running, "W", 1_000)
    content, warm = lines(an_object(f"L{n}") for n in range(ROWS)), peak()
    began, cpu = time.perf_counter(), time.process_time()
    bulk_issue_id = await upload(running.given, AMR, content)
    await work(running.given, bulk_issue_id)
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    view = await read_bulk_issue(running.given, AMR, bulk_issue_id=bulk_issue_id)
    assert view.found.issued == ROWS
    figures.add("e-license: bulk issue of 100,000 rows", took, unit="s", at_most=180)
    figures.add("e-license: CPU of it, without PostgreSQL", spent, unit="s")
    figures.add("e-license: memory that it adds", peak() - warm, unit="MB", at_most=100)
