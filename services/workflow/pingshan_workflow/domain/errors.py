"""Refusals of workflow; entrypoints/errors.py gives each its code and sentences."""

from pingshan_values.errors import DomainError, Invalid


class NotAllowed(DomainError):
    """Refuses an act for which the actor has no right."""


class RequestInvalid(Invalid):
    """Refuses a request with a wrong field."""


class CaseNotFound(DomainError):
    """Refuses a case that does not exist or that the caller may not see; argument `case_id`."""


class TaskNotFound(DomainError):
    """Refuses a task that does not exist or that the caller may not see; argument `task_id`."""


class ProcessUnknown(DomainError):
    """Refuses a code that no published definition has; argument `process`."""


class FormInvalid(Invalid):
    """Refuses a filing that does not fit the definition."""


class NotAssignee(DomainError):
    """Refuses a caller who does not hold the deciding post; arguments `task_id`, `organisation`, `post`."""


class AlreadyDecided(DomainError):
    """Refuses a decision after somebody else's; arguments `task_id`, `decided_by`."""


class CaseClosed(DomainError):
    """Refuses a decision on a case that has reached its end; argument `case_id`."""


class CaseStalled(DomainError):
    """Refuses a decision on a case whose execution and record were put back to different times; argument `case_id`."""


class NotResumable(DomainError):
    """Refuses to start a case's process again: it runs, or its record does not lead there; argument `case_id`."""


class TaskNotOpen(DomainError):
    """Refuses a decision that the other branches' outcome has made needless; argument `task_id`."""


class ReasonRequired(DomainError):
    """Refuses a rejection without a reason; argument `task_id`."""


class ApplicantCodeInvalid(DomainError):
    """Refuses a code that is neither a valid unified social credit code nor a valid person number."""


class DefinitionInvalid(DomainError):
    """Refuses a definition that cannot run; argument `faults` holds one sentence each."""


class NotApplicant(DomainError):
    """Refuses a caller who may not act for the applicant."""


class OwnApplication(DomainError):
    """Refuses a decision by who filed the case, or acts for its applicant; argument `task_id`."""


class NotConfirmed(DomainError):
    """Reports that Temporal did not answer in time; the same request again shows whether it was done."""


class CaseNumberTaken(DomainError):
    """Reports that Temporal has another request's case under this number; argument `case_id`.

    It happens where an older copy of PostgreSQL was put back. The use case takes the next number.
    """
