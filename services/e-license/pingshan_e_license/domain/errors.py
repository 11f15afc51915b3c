"""What e-license refuses, by name; entrypoints/errors.py gives each its code and sentences."""

from pingshan_values.errors import DomainError, Invalid


class LicenseNotFound(DomainError):
    pass


class LicenseTypeUnknown(DomainError):
    """The catalogue has no type of that code."""


class LicenseTypeNotOurs(DomainError):
    """The type belongs to another agency."""


class LicenseTypeNotIssuedHere(DomainError):
    """The type is collected from, or relayed to, the system of another issuer."""


class NotAllowed(DomainError):
    """The actor has no right to this act."""


class RequestInvalid(Invalid):
    """A field of the request itself is wrong."""


class AttributesInvalid(Invalid):
    """The attributes do not match the JSON Schema of their type."""


class HolderCodeInvalid(Invalid):
    """The holder's code fails its form, date or check character, or is of a kind that cannot hold this type."""


class PeriodInvalid(Invalid):
    """The dates do not fit each other or the validity rule of the type."""


class SerialTaken(DomainError):
    """Another licence of the type has this serial number."""


class PrerequisiteMissing(DomainError):
    """The holder has no valid licence of a type that must come first."""


class AlreadyRevoked(DomainError):
    """Revocation is final; there is no second one."""
