"""What the service refuses."""

from pingshan_values.errors import DomainError


class NotAllowed(DomainError):
    """The caller is known, but may not do this."""


class HotspotNotFound(DomainError):
    pass


class SessionNotFound(DomainError):
    pass


class VisitUnknown(DomainError):
    """The address names no controller, access point and device of ours that belong together."""


class MobileNumberInvalid(DomainError):
    pass


class ConsentRequired(DomainError):
    pass


class CodeWrong(DomainError):
    """`tries_left`: how many remain."""


class CodeExpired(DomainError):
    pass


class TooManyTries(DomainError):
    pass


class TooManyCodes(DomainError):
    """`seconds`: until the next one may be asked for."""


class CodeNotSent(DomainError):
    """`answer`: the carrier's code, or empty where alerts was away."""
