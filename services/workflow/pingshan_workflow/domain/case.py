"""A case (办件): what is filed, what happens to it, and what each transition changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

_CASE_ID = re.compile(r"\d{4}-\d{6,}")


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class TaskState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"

    @property
    def is_decided(self) -> bool:
        return self in {TaskState.APPROVED, TaskState.REJECTED}


class CaseState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class BranchOutcome(StrEnum):
    """`PENDING` until the branch reaches its join; `SKIPPED` where nobody was asked."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class Kind(StrEnum):
    """What a transition is about."""

    SUBMITTED = "submitted"
    DECIDED = "decided"
    DEEMED_ACCEPTED = "deemed_accepted"
    CHECKED = "checked"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What was filed: the input of a case's workflow. `definition` is the canonical text that the hash pins."""

    case_id: str
    request_id: str
    definition: str
    definition_hash: str
    applicant_name: str
    applicant_code: str
    agent_name: str
    agent_mobile: str
    form: Mapping[str, Any]
    filed_by: str
    filed_by_name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's verdict on one task. `posts` and `organisation` are what the person holds."""

    request_id: str
    node: str
    verdict: Verdict
    comment: str
    person_id: str
    person_name: str
    organisation: str
    posts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Answer to a submit or a decision: the number of the transition that recorded it."""

    case_id: str
    transition: int


@dataclass(frozen=True, slots=True)
class LicenseCheck:
    """A question to e-license: does the applicant hold a valid licence of this type?"""

    case_id: str
    node: str
    license_type: str
    applicant_code: str


@dataclass(frozen=True, slots=True)
class IssueLicense:
    """The command to issue a licence, once for (case, node): what the activity `issue_license` gets."""

    case_id: str
    node: str
    license_type: str
    holder_name: str
    holder_code: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IssuedLicense:
    license_id: str
    identifier: str
    license_type: str
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a case, numbered from 1 without a gap.

    `opened`, `skipped`, `checks` and `orders` are what follows from it; `outcome` and the node `end` are set on the
    last one.
    """

    case_id: str
    number: int
    kind: Kind
    at: datetime
    node: str = ""
    decision: Decision | None = None
    passed: bool | None = None
    license: IssuedLicense | None = None
    accepted: bool = False
    opened: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    checks: tuple[LicenseCheck, ...] = ()
    orders: tuple[IssueLicense, ...] = ()
    outcome: CaseState | None = None
    end: str = ""


@dataclass(frozen=True, slots=True)
class RecordTransition:
    """The command that the activity `record_transition` gets; the file comes with the first transition."""

    transition: Transition
    file: CaseFile | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """When silence accepts, for each task just opened whose limit says so (UTC)."""

    silence_at: Mapping[str, datetime] = field(default_factory=dict)


def is_case_id(text: str) -> bool:
    """Whether the text has the form of a case id, for example "2026-000123"."""
    return _CASE_ID.fullmatch(text) is not None


def task_id(case_id: str, node: str) -> str:
    """For example "2026-000123.food-permit"."""
    return f"{case_id}.{node}"


def split_task_id(text: str) -> tuple[str, str]:
    """Case id and node; the node is empty where the text is no task id."""
    case_id, _, node = text.partition(".")
    return case_id, node
