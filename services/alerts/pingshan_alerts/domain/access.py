"""Rules of who may do what. A detector is a machine that reports: a camera's analyser, a light pole."""

from dataclasses import dataclass

from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.domain.errors import NotAllowed

SERVICE = "service:"
"""What stands before a service's name where it is kept who had an SMS sent."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Identifies the person who answers an alert, and the organisation for which that person answers."""

    person_id: str
    organisation: str


def check_may_raise(actor: Actor) -> None:
    """Raises NotAllowed unless the actor has the role `duty-officer` or `detector`."""
    if not (actor.has("duty-officer") or actor.has("detector")):
        raise NotAllowed


def check_may_detect(actor: Actor) -> None:
    """Raises NotAllowed unless the actor is a machine with the role `detector`."""
    if not (actor.kind is ActorKind.CLIENT and actor.has("detector")):
        raise NotAllowed


def check_may_read(actor: Actor) -> None:
    """Raises NotAllowed unless the actor has the role `viewer`, `duty-officer` or `operator`."""
    if not any(actor.has(role) for role in ("viewer", "duty-officer", "operator")):
        raise NotAllowed


def may_handle(actor: Actor) -> bool:
    """Returns True for a duty officer with an organisation; whether that one was notified is checked elsewhere."""
    known = actor.kind is ActorKind.PERSON and actor.person_id and actor.organisation
    return bool(known) and actor.has("duty-officer")


def officer(actor: Actor) -> Officer:
    """Returns who acknowledges or resolves. Raises NotAllowed where `may_handle` is False."""
    if not (may_handle(actor) and actor.person_id and actor.organisation):
        raise NotAllowed
    return Officer(actor.person_id, actor.organisation)


def check_may_operate(actor: Actor) -> None:
    """Raises NotAllowed unless the actor has the role `operator`."""
    if not actor.has("operator"):
        raise NotAllowed


def sender(actor: Actor) -> str:
    """Returns the name under which SMS of the calling service are kept: `service:` and the service's name.

    Raises NotAllowed for everybody but services; edges.yaml says which services may call.
    """
    if actor.service is None:
        raise NotAllowed
    return f"{SERVICE}{actor.service}"
