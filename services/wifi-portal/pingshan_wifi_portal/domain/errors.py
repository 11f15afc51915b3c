"""Refusals of wifi-portal."""

from pingshan_values.errors import DomainError


class NotAllowed(DomainError):
    """Refuses an act for which the caller has no right."""


class HotspotNotFound(DomainError):
    pass


class SessionNotFound(DomainError):
    pass


class VisitUnknown(DomainError):
    """Refuses an address unless its controller, access point and device are well-formed and belong together."""


class MobileNumberInvalid(DomainError):
    pass


class ConsentRequired(DomainError):
    pass


class CodeWrong(DomainError):
    """Refuses a wrong code; argument `tries_left`."""


class CodeExpired(DomainError):
    pass


class TooManyTries(DomainError):
    pass


class TooManyCodes(DomainError):
    """Refuses another code for now; argument `seconds` until the next one may be asked for."""


class LimitNotFound(DomainError):
    """Reports that nobody waits by that limit: the wait is over, or was lifted."""


class ReasonRequired(DomainError):
    pass


class CodeNotSent(DomainError):
    """Reports a code that was not sent; argument `answer` is the carrier's code, empty where alerts was unreachable."""
