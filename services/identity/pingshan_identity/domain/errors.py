"""Errors of identity; those of OAuth are in `oauth_error.py`."""

from pingshan_values.errors import DomainError, Invalid


class RequestInvalid(Invalid):
    """States that fields of a form or of a proposal are wrong."""


class PersonNotFound(DomainError):
    """States that there is no such person, or that they have left."""


class SessionNotFound(DomainError):
    """States that the person has no such live session."""


class SignInRefused(DomainError):
    """States that name or password is wrong, and not which of them."""


class SignInThrottled(DomainError):
    """States that there were too many attempts, by one of the counts that they belong to. `retry_after`: seconds."""


class SignInBusy(DomainError):
    """States that the queue for password checks is full. `retry_after`: seconds."""


class ClientMissing(DomainError):
    """States that an authorization request names no client, or several; the browser is not redirected."""


class ClientUnknown(DomainError):
    """States that an authorization request names an unknown client; the browser is not redirected."""


class ClientDisabled(DomainError):
    """States that an authorization request names a client that is switched off; the browser is not redirected."""


class AuthorizationRequestSpent(DomainError):
    """States that an authorization request was used before or is too old; the browser is not redirected."""


class ConsentOutdated(DomainError):
    """States that a third party has changed since its question was shown; the question is shown again."""


class RealNameTooLow(DomainError):
    """States that the system asks for a proven name, and the person's is not proven to that `level`."""


class RequestUriNotSupported(DomainError):
    """States that an authorization request lies on a server of the client, which is never asked for it."""


class RedirectUriMissing(DomainError):
    """States that an authorization request names no redirect URI, or several; the browser is not redirected."""


class RedirectUriMismatch(DomainError):
    """States that the redirect URI is not one of the client's, byte by byte; the browser is not redirected."""


class SignInAttemptExpired(DomainError):
    """States that the sign-in under way is unknown, too old, done, or of another browser; the page starts again by
    itself.
    """


class SecondFactorRefused(DomainError):
    """States that the code is wrong, was used before, or is too old."""


class NoSuchFactor(DomainError):
    """States that the person has no such second factor."""


class SmsCodeNotSent(DomainError):
    """States that the number got a code a moment ago, or too many today, or that its network, its range or all together
    got too many. `retry_after`: seconds.
    """


class ThrottleNotFound(DomainError):
    """States that nobody is slowed down by that count: the wait is over, or was lifted."""


class BreachedPassword(DomainError):
    """States that the password is in lists of stolen ones, or contains the name that the person signs in with."""


class SamePassword(DomainError):
    """States that the new password is the present one, which others may know."""


class PasswordTooShort(DomainError):
    """States that the password has fewer characters than `length`, or too many."""


class SignInTooOld(DomainError):
    """States that the act needs a sign-in within the last five minutes."""


class FactorsOutOfReach(DomainError):
    """States that the person has a way in of a higher `level` than the session has, and factors take that level."""


class NoLeavingPlanned(DomainError):
    """States that no leaving of the person is planned that could be cancelled."""


class NoMovePlanned(DomainError):
    """States that no move of the person is planned that could be taken back."""


class InitialTokenNotFound(DomainError):
    """States that no such initial access token is good for a registration now."""


class LastFactor(DomainError):
    """States that staff would be left without a second factor."""


class PasskeyRefused(DomainError):
    """States that the passkey is unknown or another person's, or its answer wrong or stale, and not which of them."""


class PasskeyNotFound(DomainError):
    """States that the person has no such passkey."""


class AdministratorRequired(DomainError):
    """States that the actor holds none of the administrator roles that the act needs."""


class SignOutNotFound(DomainError):
    """States that there is no such sign-out, or that it is not the reader's to see."""


class SignOutRequestInvalid(DomainError):
    """States that a relying party's sign-out request cannot be read. `why`: for its developer."""


class SignOutClientMismatch(DomainError):
    """States that a sign-out request names another relying party than its ID token was issued to; nothing ends."""


class PostLogoutRedirectUriMismatch(DomainError):
    """States that the relying party has not registered where a sign-out should lead, byte by byte; nothing ends."""


class ReceiptRefused(DomainError):
    """States that the text is no receipt that identity signed."""


class DeviceCodeUnknown(DomainError):
    """States that no device shows that code now: it was mistyped or decided, or has expired."""


class SystemNotOpen(DomainError):
    """States that the system is not open to the person."""


class LevelTooLow(DomainError):
    """States that the sign-in does not reach the `level` that the system asks for."""


class UpstreamUnknown(DomainError):
    """States that there is no such upstream in this deployment, or not for this realm."""


class UpstreamStateUnknown(DomainError):
    """States that a callback's state is unknown, used, too old, or of another browser, person or upstream."""


class UpstreamDenied(DomainError):
    """States that the person refused at the upstream, or that the upstream does not know them."""


class UpstreamAway(DomainError):
    """States that the upstream does not answer, or fails. `upstream`, `upstream_en`: its names."""


class UpstreamAnswerRefused(DomainError):
    """States that the upstream's answer cannot be trusted. `why`: the check that failed."""


class UpstreamNotLinked(DomainError):
    """States that the upstream vouches for somebody who is linked to nobody. `upstream`, `upstream_en`: its names."""


class UpstreamContradicts(DomainError):
    """States that the upstream's answer differs from what is known. `upstream`, `upstream_en`: its names."""


class UpstreamTaken(DomainError):
    """States that the upstream's subject is linked to another person. `upstream`, `upstream_en`: its names."""


class MobileNotValid(DomainError):
    """States that the text is no mobile number of mainland China."""


class NotLegalRepresentative(DomainError):
    """States that the person does not head the company today, and so appoints no agents for it."""


class AgentNotFound(DomainError):
    """States that nobody can be appointed by that number, and not why."""


class RepresentationNotFound(DomainError):
    """States that there is no such current appointment that this person may end."""


class RepresentationEndNotValid(DomainError):
    """States that the last day is missing, past, or too far away. `first`, `last`: days that may be chosen."""


class PowersJoined(DomainError):
    """States that two of the separated administrator roles would meet in one person."""


class PersonChanged(DomainError):
    """States that somebody else has changed the person since the page was opened."""


class LoginNameTaken(DomainError):
    """States that another person signs in with that name, or did before they left."""


class SectionInUse(DomainError):
    """States that people belong to the section."""


class SectionNotFound(DomainError):
    """States that there is no such open section."""


class SectionNameTaken(DomainError):
    """States that the organisation has a section of that name."""


class DeputyRefused(DomainError):
    """States that a deputy cannot be appointed. `why`: self, too-long, powers, not-held, has-it, left or past."""


class ImportNotFound(DomainError):
    """States that there is no such import, or that it was discarded or applied."""


class ChangeNotFound(DomainError):
    """States that no such change waits for a decision."""


class ChangeOpen(DomainError):
    """States that the same act on the same subject waits for a decision already.

    `change_id`: of the change that waits. `proposed_at`: the day in Shanghai on which it was proposed.
    """


class ChangeOwn(DomainError):
    """States that who proposed a change would decide it."""


class ReasonRequired(DomainError):
    """States that the act needs a reason, for the record."""


class TakesTwo(DomainError):
    """States that one administrator alone may not act on the person, who is an administrator or the actor.

    `person_id`: whose.
    """


class LastHolder(DomainError):
    """States that a change would leave a duty without a holder. `duty`: the role."""


class ChangeForOneself(DomainError):
    """States that a change gives power to who proposes it, or concerns who would decide it."""


class ChangeOutdated(DomainError):
    """States that the subject of a change is no longer as it was when the change was proposed."""


class ProposerDismissed(DomainError):
    """States that who proposed a change does not hold the role that proposes it any more."""


class DutyHeld(DomainError):
    """States that somebody holds the duty, so that nobody is appointed to it from the server."""
