"""Events of workflow."""

from typing import ClassVar, Literal

from pydantic import Field

from pingshan_events.base import Event, RecordHead


class CaseSubmitted(Event):
    """An application was filed."""

    subject: ClassVar[str] = "workflow.case.submitted.v1"

    case_id: str
    process: str = Field(description="code of the process definition")


class TaskDecided(Event):
    """A department decided its step."""

    subject: ClassVar[str] = "workflow.task.decided.v1"

    case_id: str
    task_id: str
    node: str = Field(description="node of the definition")
    organisation: str
    verdict: Literal["approve", "reject"]


class CaseClosed(Event):
    """A case reached its end; licences are issued before this is published."""

    subject: ClassVar[str] = "workflow.case.closed.v1"

    case_id: str
    process: str
    outcome: Literal["approved", "rejected"]
    license_ids: list[str] = Field(default_factory=list)


class RecordSealed(RecordHead, Event):
    """The service's record of acts was sealed up to a position, which another service keeps."""

    subject: ClassVar[str] = "workflow.record.sealed.v1"
