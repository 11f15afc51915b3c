"""Refusals of e-license; entrypoints/errors.py gives each its code and sentences."""

from pingshan_values.errors import DomainError, Invalid


class LicenseNotFound(DomainError):
    pass


class LicenseTypeUnknown(DomainError):
    """Refuses a code that no type of the catalogue has."""


class LicenseTypeNotOurs(DomainError):
    """Refuses an issuer of an agency to which the type does not belong."""


class LicenseTypeNotIssuedHere(DomainError):
    """Refuses to issue a type that is collected from, or relayed to, another issuer's system."""


class NotAllowed(DomainError):
    """Refuses an act for which the actor has no right."""


class RequestInvalid(Invalid):
    """Refuses a request with a wrong field."""


class AttributesInvalid(Invalid):
    """Refuses attributes that do not match the JSON Schema of their type."""


class HolderCodeInvalid(Invalid):
    """Refuses a holder's code with a wrong form, date or check character, or of a kind that cannot hold the type."""


class PeriodInvalid(Invalid):
    """Refuses dates that do not fit each other or the validity rule of the type."""


class SerialTaken(DomainError):
    """Refuses a serial number that another licence of the type has."""


class PrerequisiteMissing(DomainError):
    """Refuses a holder without a valid licence of a type that must come first."""


class AlreadyRevoked(DomainError):
    """Refuses a second revocation: the first one is final."""


class LicenseFinal(DomainError):
    """Refuses an act on a licence whose standing is final; only a restoration by decision may follow."""


class LicenseSuspended(DomainError):
    """Refuses a renewal, change or correction while the licence is suspended."""


class LicenseSuperseded(DomainError):
    """Refuses an act on a version that was superseded by the next one."""


class TransitionRefused(DomainError):
    """Refuses an act that does not follow on the licence's standing, such as resuming one that is not suspended."""


class NoVersionLeft(DomainError):
    """Refuses a version after 999 (GB/T 36904 has three digits)."""


class BulkIssueNotFound(DomainError):
    pass


class BulkIssueNotOpen(DomainError):
    """Refuses to start or stop a bulk issue that is in no state for it."""


class LogIsEmpty(DomainError):
    """Refuses to prove something by a log that has no checkpoint yet."""


class LogEntryNotFound(DomainError):
    """Refuses an entry that the transparency log does not have."""


class LogEntryPending(DomainError):
    """Refuses to prove an entry before the next checkpoint, which comes in seconds."""


class StatusListNotFound(DomainError):
    """Refuses a status list that there is not."""


class IssuerKeyNotFound(DomainError):
    """Refuses a `kid` that no key of the exchange has."""


class IssuerKeyRevoked(DomainError):
    """Refuses a second revocation of a key: the first date counts."""


class VerificationUnanswered(DomainError):
    """The database did not answer within the time that somebody at a counter waits; nothing is said of the licence."""


class PublicVerificationsUsedUp(DomainError):
    """Refuses one more verification without a sign-in, from one address or in all, until `retry_after` seconds pass."""


class BatchInvalid(Invalid):
    """Refuses a batch that is empty or too large, or a sheet in which no identifiers can be found."""


class SharingItemUnknown(DomainError):
    """Refuses a code that no sharing item has."""


class OverAsked(DomainError):
    """Refuses a request for more than its item allows: `excess` says which kind of thing is too much."""


class NoMandate(OverAsked):
    """Refuses a person who asks for a holder without acting for that holder."""


class QuotaExceeded(DomainError):
    """Refuses an answer beyond the requester's number of a day; `retry_after` are the seconds until the next one."""


class HolderLimitReached(DomainError):
    """Refuses an answer beyond the number about one holder of a day; `retry_after` as for QuotaExceeded."""


class ConsentRequired(DomainError):
    """Refuses an item that needs consent, where none is named, or the other person has not consented too."""


class ConsentNotFound(DomainError):
    pass


class ConsentNotCovering(DomainError):
    """Refuses a use for another item, holder, purpose, field or predicate than the consent names."""


class ConsentNotGranted(DomainError):
    """Refuses the use of a consent that the holder has not granted."""


class ConsentWithdrawn(DomainError):
    pass


class ConsentExpired(DomainError):
    pass


class ConsentUsedUp(DomainError):
    pass


class ConsentDecided(DomainError):
    """Refuses a decision on a consent that has no such decision open any more."""


class DataUseNotFound(DomainError):
    pass


class AnswerNotKept(DomainError):
    """Refuses to repeat an answer that was given too long ago to be kept still."""


class FileUnreadable(DomainError):
    """Refuses an uploaded file that is no PDF or OFD, is encrypted or damaged, or breaks a limit."""


class FileTooLarge(DomainError):
    """Refuses an uploaded file that is larger than what is read."""


class LicenseUnconfirmed(DomainError):
    """Refuses a file of a licence that is not kept as it was signed and decided."""
