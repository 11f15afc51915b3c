"""What alerts refuses. Arguments never carry personal data."""

from pingshan_values.errors import DomainError, Invalid


class NotAllowed(DomainError):
    """The caller is known, but may not do this."""


class RequestInvalid(Invalid):
    """A field of the request itself is wrong."""


class AlertNotFound(DomainError):
    """No alert has this id; argument `alert_id`."""


class AlertInvalid(DomainError):
    """The alert breaks a rule of its shape; arguments `zh` and `en` say which."""


class DetectionInvalid(DomainError):
    """A detection or pole report breaks its payload contract; arguments `zh` and `en` say where."""


class OutsideDistrict(DomainError):
    """The position lies in none of the six streets."""


class AlreadyResolved(DomainError):
    """The alert is closed; argument `alert_id`."""


class NotARecipient(DomainError):
    """The organisation of the person was not told of this alert; argument `alert_id`."""


class TemplateUnknown(DomainError):
    """No approved SMS template has this id; argument `template_id`."""


class TemplateVariablesInvalid(DomainError):
    """Variables are missing, unknown or too long; arguments `template_id` and `variables` (their names)."""


class MobileNumberInvalid(DomainError):
    """The number is not in E.164 form."""


class NotificationNotFound(DomainError):
    """The caller has sent no notification with this id; argument `notification_id`."""


class WebhookAddressRefused(DomainError):
    """The address is private, loopback, not https or does not resolve; argument `host`."""
