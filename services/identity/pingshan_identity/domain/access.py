"""Access rules: who may do what at identity."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from pingshan_values.actor import Actor, ActorKind
from pingshan_values.errors import DomainError

from pingshan_identity.domain.clients.client import Client
from pingshan_identity.domain.errors import AdministratorRequired, LevelTooLow, RealNameTooLow, SystemNotOpen
from pingshan_identity.domain.people.person import Person
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.session import Session
from pingshan_identity.domain.sign_in.assurance import level_needed


def may_open(person: Person, client: Client, *, has_role: bool) -> bool:
    """Returns whether a person may sign in to a system: it serves their realm, and staff have a role or are let in
    there.

    Staff without a role are let in by `open_to`, the organisations that the system is open to.
    """
    if person.realm not in client.realms:
        return False
    if person.realm is Realm.PUBLIC or has_role:
        return True
    return "*" in client.open_to or person.organisation in client.open_to


def check_may_let_in(
    session: Session, person: Person | None, client: Client, *, has_role: bool, real_name_level: int
) -> None:
    """Refuses a device, or a grant that is to go on, for a person who could not open the system themselves now.

    `person`: None where they have left. `real_name_level`: theirs, 0 to 2.

    Raises:
        SystemNotOpen: the person may not open the system.
        LevelTooLow: the system asks for a higher level than the session has.
        RealNameTooLow: the system asks people of the public for a name that is better proven.
    """
    if person is None or not may_open(person, client, has_role=has_role):
        raise SystemNotOpen
    if session.acr < level_needed(session.realm, system=client.required_level, asked=None):
        raise LevelTooLow(level=client.required_level)
    needed = client.real_name_level(session.realm)
    if real_name_level < needed:
        raise RealNameTooLow(level=needed)


class Denial(StrEnum):
    """States why a person may not open a system, or holds no role there."""

    LEFT = "left"
    NOT_OPEN = "not-open"
    NO_ROLE = "no-role"
    UNKNOWN_AUDIENCE = "unknown-audience"


def may_ask_about(actor: Actor, *, person_id: str, audience: str) -> bool:
    """Returns whether the actor may ask: persons about themselves, clients about an audience of their own."""
    if actor.kind is ActorKind.PERSON:
        return actor.person_id == person_id
    return actor.kind is ActorKind.CLIENT and actor.client_id == audience


def denial_of(client: Client | None, person: Person | None, roles: Collection[str], *, role: str) -> Denial | None:
    """Returns why the person is refused; None where they are not.

    `person`: None where they have left. `roles`: those that they hold at the client. `role`: the one that is asked
    about, empty for whether the person may open the system at all.
    """
    if client is None or client.disabled:
        return Denial.UNKNOWN_AUDIENCE
    if person is None:
        return Denial.LEFT
    if role:
        return None if role in roles else Denial.NO_ROLE
    return None if may_open(person, client, has_role=bool(roles)) else Denial.NOT_OPEN


def require_client(actor: Actor, refusal: type[DomainError]) -> str:
    """Returns the id of the client that acts for itself. Raises `refusal` where no client is calling."""
    if actor.kind is not ActorKind.CLIENT or actor.client_id is None:
        raise refusal
    return actor.client_id


SYSTEM_ADMINISTRATOR = "system-administrator"
"""Role that keeps people, organisations and clients."""
SECURITY_ADMINISTRATOR = "security-administrator"
"""Role that keeps sessions, factors, posts with powers, and keys."""
AUDITOR = "auditor"
"""Role that reads records, and nothing else."""
SEPARATED = frozenset({SYSTEM_ADMINISTRATOR, SECURITY_ADMINISTRATOR, AUDITOR})
"""Roles of which no two may meet in one person: 三权分立 (GB/T 22239-2019 clause 8.1.5)."""
POWERS = SEPARATED | {"operator"}
"""Roles at identity that two people give and take."""


class AdministrativeAct(StrEnum):
    """Names what administrators do and see alone, each as its use case; changes of two persons are ChangeKind."""

    ADD_PERSON = "add-person"
    MOVE_PERSON = "move-person"
    END_EMPLOYMENT = "end-employment"
    CANCEL_LEAVING = "cancel-leaving"
    CANCEL_MOVE = "cancel-move"
    APPOINT_DEPUTY = "appoint-deputy"
    END_DEPUTY = "end-deputy"
    REVEAL_MOBILE = "reveal-mobile"
    LIST_PEOPLE = "list-people"
    READ_PERSON = "read-person"
    EXPORT_PEOPLE = "export-people"
    READ_ORGANISATION = "read-organisation"
    CHANGE_SECTIONS = "change-sections"
    UPLOAD_IMPORT = "upload-import"
    LIST_IMPORTS = "list-imports"
    READ_IMPORT = "read-import"
    DECIDE_IMPORT = "decide-import"
    APPLY_IMPORT = "apply-import"
    TAKE_IMPORT_PASSWORDS = "take-import-passwords"
    LIST_CLIENTS = "list-clients"
    READ_CLIENT = "read-client"
    WITHDRAW_INITIAL_TOKEN = "withdraw-initial-token"  # noqa: S105 - an act
    BEGIN_CONNECTION_TEST = "begin-connection-test"
    READ_CONNECTION_TEST = "read-connection-test"
    LIST_CHANGES = "list-changes"
    READ_CHANGE = "read-change"
    READ_DUTIES = "read-duties"
    LIST_LIVE_SESSIONS = "list-live-sessions"
    END_SESSIONS = "end-sessions"
    LIST_SIGN_OUTS = "list-sign-outs"
    RETRY_LOGOUT = "retry-logout"
    LIST_THROTTLES = "list-throttles"
    LIFT_THROTTLE = "lift-throttle"
    SEARCH_RECORDS = "search-records"
    EXPORT_RECORDS = "export-records"
    VERIFY_RECORDS = "verify-records"


_SYSTEM = frozenset({SYSTEM_ADMINISTRATOR})
_SECURITY = frozenset({SECURITY_ADMINISTRATOR})
_AUDIT = frozenset({AUDITOR})

ADMINISTRATORS: Mapping[AdministrativeAct, frozenset[str]] = {
    AdministrativeAct.ADD_PERSON: _SYSTEM,
    AdministrativeAct.MOVE_PERSON: _SYSTEM,
    AdministrativeAct.END_EMPLOYMENT: _SYSTEM,
    AdministrativeAct.CANCEL_LEAVING: _SYSTEM,
    AdministrativeAct.CANCEL_MOVE: _SYSTEM,
    AdministrativeAct.APPOINT_DEPUTY: _SYSTEM,
    AdministrativeAct.END_DEPUTY: _SYSTEM,
    AdministrativeAct.REVEAL_MOBILE: _SYSTEM,
    AdministrativeAct.LIST_PEOPLE: _SYSTEM | _SECURITY,
    AdministrativeAct.READ_PERSON: _SYSTEM | _SECURITY,
    AdministrativeAct.EXPORT_PEOPLE: _SYSTEM,
    AdministrativeAct.READ_ORGANISATION: _SYSTEM,
    AdministrativeAct.CHANGE_SECTIONS: _SYSTEM,
    AdministrativeAct.UPLOAD_IMPORT: _SYSTEM,
    AdministrativeAct.LIST_IMPORTS: _SYSTEM,
    AdministrativeAct.READ_IMPORT: _SYSTEM,
    AdministrativeAct.DECIDE_IMPORT: _SYSTEM,
    AdministrativeAct.APPLY_IMPORT: _SYSTEM,
    AdministrativeAct.TAKE_IMPORT_PASSWORDS: _SYSTEM,
    AdministrativeAct.LIST_CLIENTS: _SYSTEM | _SECURITY,
    AdministrativeAct.READ_CLIENT: _SYSTEM | _SECURITY,
    AdministrativeAct.WITHDRAW_INITIAL_TOKEN: _SYSTEM | _SECURITY,
    AdministrativeAct.BEGIN_CONNECTION_TEST: _SYSTEM,
    AdministrativeAct.READ_CONNECTION_TEST: _SYSTEM,
    AdministrativeAct.LIST_CHANGES: _SYSTEM | _SECURITY,
    AdministrativeAct.READ_CHANGE: _SYSTEM | _SECURITY,
    AdministrativeAct.READ_DUTIES: SEPARATED,
    AdministrativeAct.LIST_LIVE_SESSIONS: _SECURITY | _AUDIT,
    AdministrativeAct.END_SESSIONS: _SECURITY,
    AdministrativeAct.LIST_SIGN_OUTS: _SECURITY | _AUDIT,
    AdministrativeAct.RETRY_LOGOUT: _SECURITY,
    AdministrativeAct.LIST_THROTTLES: _SECURITY | _AUDIT,
    AdministrativeAct.LIFT_THROTTLE: _SECURITY,
    AdministrativeAct.SEARCH_RECORDS: _AUDIT,
    AdministrativeAct.EXPORT_RECORDS: _AUDIT,
    AdministrativeAct.VERIFY_RECORDS: _AUDIT,
}
"""Roles of which an administrator holds one, by act. Who proposes and who decides a change is with ChangeKind."""


def may_administer(actor: Actor, act: AdministrativeAct) -> bool:
    """Returns whether the actor holds a role that the act is for; pages show what it allows."""
    return not actor.roles.isdisjoint(ADMINISTRATORS[act])


def check_may_administer(actor: Actor, act: AdministrativeAct) -> None:
    """Raises AdministratorRequired where the actor holds no role that the act is for."""
    if not may_administer(actor, act):
        raise AdministratorRequired


def require_role(actor: Actor, *roles: str) -> None:
    """Raises AdministratorRequired where the actor holds none of the roles."""
    if not actor.roles.intersection(roles):
        raise AdministratorRequired


def require_person(actor: Actor, refusal: type[DomainError]) -> str:
    """Returns the id of the person who acts. Raises `refusal` where nobody is signed in."""
    if actor.person_id is None:
        raise refusal
    return actor.person_id


def check_may_verify_records(actor: Actor) -> None:
    """Raises AdministratorRequired where the actor is neither an auditor nor the service itself."""
    if actor.kind is not ActorKind.SERVICE:
        check_may_administer(actor, AdministrativeAct.VERIFY_RECORDS)
