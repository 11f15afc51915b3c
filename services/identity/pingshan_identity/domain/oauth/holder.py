"""What stands behind a grant at the moment: the person, their session, and what was proven of them."""

from dataclasses import dataclass
from datetime import datetime

from pingshan_identity.domain.access import check_may_let_in
from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import LevelTooLow, RealNameTooLow, SystemNotOpen
from pingshan_identity.domain.oauth.claims import Subject
from pingshan_identity.domain.oauth.grant import Grant
from pingshan_identity.domain.oauth_error import OAuthError
from pingshan_identity.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Holder:
    session: Session
    subject: Subject | None
    """The person as the client sees them; None where they have left."""
    real_name_level: int
    """Theirs, 0 to 2; 0 where they have left."""

    def proven(self, client: Client, grant: Grant, now: datetime) -> tuple[Session, Subject]:
        """Returns the session, with the sign-in that the grant was given after, and the person.

        A level that the system asks for since then counts as well: who has less signs in anew.

        Raises:
            OAuthError: `invalid_grant`, the grant or the session has ended, or the person may not open the system any
                more.
        """
        if not grant.is_alive(self.session, now):
            raise OAuthError("invalid_grant", "the grant, or the session behind it, has ended")
        if self.subject is None:
            raise OAuthError("invalid_grant", "the person has left")
        session, person = grant.proof(self.session), self.subject.person
        has_role = bool(self.subject.roles)
        try:
            check_may_let_in(session, person, client, has_role=has_role, real_name_level=self.real_name_level)
        except SystemNotOpen as error:
            raise OAuthError("invalid_grant", "the person may not open this system any more") from error
        except (LevelTooLow, RealNameTooLow) as error:
            raise OAuthError("invalid_grant", "the system asks for a higher level than the grant has") from error
        return session, self.subject
