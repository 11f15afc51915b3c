"""Refusals of workflow; entrypoints/errors.py gives each its code and sentence."""

from pingshan_values.errors import DomainError, Invalid


class NotAllowed(DomainError):
    """The actor has no right to this act."""


class RequestInvalid(Invalid):
    """A field of the request itself is wrong."""


class CaseNotFound(DomainError):
    """No such case, or none that the caller may see: `case_id`."""


class TaskNotFound(DomainError):
    """No such task, or none that the caller may see: `task_id`."""


class ProcessUnknown(DomainError):
    """No published definition has this code: `process`."""


class FormInvalid(Invalid):
    """What was filed does not fit the definition."""


class NotAssignee(DomainError):
    """The caller does not hold the post that decides: `task_id`, `organisation`, `post`."""


class AlreadyDecided(DomainError):
    """Somebody else decided first: `task_id`, `decided_by`."""


class CaseClosed(DomainError):
    """The case has reached its end: `case_id`."""


class TaskNotOpen(DomainError):
    """Nobody needs to decide this any more, because the other departments' outcome settled it: `task_id`."""


class ReasonRequired(DomainError):
    """A rejection needs a reason: `task_id`."""


class ApplicantCodeInvalid(DomainError):
    """Neither a valid unified social credit code nor a valid person number."""


class DefinitionInvalid(DomainError):
    """The definition cannot run; `faults` holds one sentence each."""


class NotApplicant(DomainError):
    """The caller may not act for this applicant."""


class StopRefused(DomainError):
    """The ground is not one of 行政许可法 Art. 45, or the notice was not in writing: `ground`."""


class ExtensionRefused(DomainError):
    """The extension came after the limit, from the wrong head, or without a reason told: `why`."""


class NotConfirmed(DomainError):
    """Temporal did not answer in time: whether it was done shows when the same request comes again."""
