"""What identity refuses. OAuth errors are another vocabulary: `oauth_error.py`."""

from pingshan_values.errors import DomainError, Invalid


class RequestInvalid(Invalid):
    """Fields of a form or of a proposal are wrong."""


class PersonNotFound(DomainError):
    """No such person, or the person has left."""


class SessionNotFound(DomainError):
    """No such live session of this person."""


class SignInRefused(DomainError):
    """Name or password is wrong; deliberately silent about which."""


class SignInThrottled(DomainError):
    """Too many attempts for this account from this network. `retry_after`: seconds."""


class SignInBusy(DomainError):
    """The queue for password checks is full. `retry_after`: seconds."""


class ClientUnknown(DomainError):
    """An authorization request names no client that we know: never redirected."""


class ClientDisabled(DomainError):
    """An authorization request names a client that an administrator has switched off: never redirected."""


class AuthorizationRequestSpent(DomainError):
    """A pushed request, or the one that a page belongs to, was used before or is too old: never redirected."""


class RedirectUriMismatch(DomainError):
    """The redirect URI is not byte-exact one of the client's: never redirected."""


class SignInAttemptExpired(DomainError):
    """The sign-in under way is unknown, too old, another browser's, or done: the page starts again by itself."""


class SecondFactorRefused(DomainError):
    """The code is wrong, was used before, or is too old."""


class NoSuchFactor(DomainError):
    """The person has no such second factor."""


class SmsCodeNotSent(DomainError):
    """The number has had a code a moment ago, or too many today. `retry_after`: seconds."""


class BreachedPassword(DomainError):
    """The password stands in lists of stolen ones."""


class PasswordTooShort(DomainError):
    """Fewer characters than `length`."""


class SignInTooOld(DomainError):
    """The act needs a sign-in of the last minutes."""


class LastFactor(DomainError):
    """Without it the person could not reach the level that staff need."""


class PasskeyRefused(DomainError):
    """The passkey is unknown, another person's, or its answer is wrong or stale; deliberately silent about which."""


class PasskeyNotFound(DomainError):
    """The person has no such passkey."""


class AdministratorRequired(DomainError):
    """The act belongs to an administrator of another kind."""


class SignOutNotFound(DomainError):
    """There is no such sign-out, or it is not the asker's to see."""


class ReceiptRefused(DomainError):
    """The text is no receipt that we signed."""


class DeviceCodeUnknown(DomainError):
    """No device shows that code now: mistyped, decided, or expired."""


class SystemNotOpen(DomainError):
    """The system is not open to the person's posts."""


class LevelTooLow(DomainError):
    """The sign-in has not the `level` that the system asks for."""


class UpstreamUnknown(DomainError):
    """No such upstream in this deployment, or not for this realm."""


class UpstreamStateUnknown(DomainError):
    """The callback's state is unknown, used, too old, another browser's, another person's or another upstream's."""


class UpstreamDenied(DomainError):
    """The person said no at the upstream, or the upstream does not know them."""


class UpstreamAway(DomainError):
    """The upstream does not answer, or fails. `upstream`, `upstream_en`: its names."""


class UpstreamAnswerRefused(DomainError):
    """What the upstream sent cannot be trusted. `why`: which check failed."""


class UpstreamNotLinked(DomainError):
    """The upstream vouches for somebody whom nobody has linked. `upstream`, `upstream_en`: its names."""


class UpstreamContradicts(DomainError):
    """What was proven upstream differs from what is known. `upstream`, `upstream_en`: its names."""


class UpstreamTaken(DomainError):
    """The upstream's subject is linked to another person. `upstream`, `upstream_en`: its names."""


class MobileNotValid(DomainError):
    """What was typed is no mobile number of mainland China."""


class NotLegalRepresentative(DomainError):
    """Only who heads a company today appoints agents for it."""


class AgentNotFound(DomainError):
    """Nobody whose name is proven can be appointed by that number; deliberately silent about why."""


class RepresentationNotFound(DomainError):
    """No such current appointment that this person may end."""


class RepresentationEndNotValid(DomainError):
    """The last day is missing, past, or too far away. `first`, `last`: days that can be chosen."""


class PowersJoined(DomainError):
    """Two of the separated administrator roles would meet in one person."""


class PersonChanged(DomainError):
    """Somebody else has changed the person since the page was opened."""


class LoginNameTaken(DomainError):
    """Another person signs in with that name."""


class SectionInUse(DomainError):
    """People belong to the section."""


class SectionNotFound(DomainError):
    """There is no such open section."""


class SectionNameTaken(DomainError):
    """The organisation has a section of that name."""


class DeputyRefused(DomainError):
    """`why`: self, too-long, powers, not-held, left or past."""


class ImportNotFound(DomainError):
    """There is no such import, or it was discarded or applied."""


class SheetUnreadable(DomainError):
    """`why`: not-a-sheet, too-large, too-many-rows, formulas, columns or empty."""


class ChangeNotFound(DomainError):
    """There is no such change that still waits for a decision."""


class ChangeOwn(DomainError):
    """Whoever proposed a change does not decide it."""


class ReasonRequired(DomainError):
    """The act needs a reason, for the record."""
