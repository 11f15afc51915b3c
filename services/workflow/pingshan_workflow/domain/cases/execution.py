"""Names by which Temporal knows the workflow execution of a case."""

QUEUE = "workflow"
"""Task queue of this service."""
WORKFLOW = "CaseWorkflow"
RESUMED_WORKFLOW = "ResumedCaseWorkflow"


def workflow_id(case_id: str) -> str:
    """Returns the workflow id, for example "case/2026-000123"."""
    return f"case/{case_id}"


def case_id_of(workflow_id: str) -> str:
    """Returns the case id, for example "2026-000123"."""
    return workflow_id.removeprefix("case/")
