"""Refusals of alerts. Their arguments never carry personal data."""

from pingshan_values.errors import DomainError, Invalid


class NotAllowed(DomainError):
    """Refuses an act for which the caller has no right."""


class RequestInvalid(Invalid):
    """Refuses a request with a wrong field."""


class AlertNotFound(DomainError):
    """Refuses an unknown id; argument `alert_id`."""


class AlertInvalid(DomainError):
    """Refuses an alert with wrong content; arguments `zh` and `en` say what is wrong."""


class DetectionInvalid(DomainError):
    """Refuses a detector's report that breaks its contract; arguments `zh` and `en` say where."""


class OutsideDistrict(DomainError):
    """Refuses a position that lies in none of the six streets."""


class AlreadyResolved(DomainError):
    """Refuses an answer to a resolved alert; argument `alert_id`."""


class NotARecipient(DomainError):
    """Refuses a person whose organisation was not notified of the alert; argument `alert_id`."""


class TemplateUnknown(DomainError):
    """Refuses an id that no approved SMS template has; argument `template_id`."""


class TemplateNotOfCaller(DomainError):
    """Refuses a template that another service sends; arguments `template_id` and `caller`."""


class TooManyMessages(DomainError):
    """Refuses an SMS beyond a budget; arguments `template_id`, `caller`, `most`, `minutes`, `seconds` (to wait)."""


class TemplateVariablesInvalid(DomainError):
    """Refuses missing, unknown or unfit variables; arguments `template_id` and `variables` (their names)."""


class MobileNumberInvalid(DomainError):
    """Refuses a number that is not in E.164 form."""


class NotificationNotFound(DomainError):
    """Refuses an id of which the caller has sent no notification; argument `notification_id`."""
