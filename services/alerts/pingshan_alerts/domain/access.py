"""Who may do what. A detector is a machine that reports: a camera's analyser, a light pole."""

from dataclasses import dataclass

from pingshan_values.actor import Actor, ActorKind

from pingshan_alerts.domain.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Officer:
    """Who answers an alert for an organisation."""

    person_id: str
    organisation: str


def check_may_raise(actor: Actor) -> None:
    """Officers raise alerts, and machines do. Raises NotAllowed."""
    if not (actor.has("duty-officer") or actor.has("detector")):
        raise NotAllowed


def check_may_detect(actor: Actor) -> None:
    """Only machines report what they detect. Raises NotAllowed."""
    if not (actor.kind is ActorKind.CLIENT and actor.has("detector")):
        raise NotAllowed


def check_may_read(actor: Actor) -> None:
    """Everybody with a role for people reads. Raises NotAllowed."""
    if not any(actor.has(role) for role in ("viewer", "duty-officer", "operator")):
        raise NotAllowed


def may_handle(actor: Actor) -> bool:
    """Says whether the actor acknowledges and resolves; the organisation must have been notified as well."""
    known = actor.kind is ActorKind.PERSON and actor.person_id and actor.organisation
    return bool(known) and actor.has("duty-officer")


def officer(actor: Actor) -> Officer:
    """Returns the officer who acknowledges and resolves. Raises NotAllowed."""
    if not (may_handle(actor) and actor.person_id and actor.organisation):
        raise NotAllowed
    return Officer(actor.person_id, actor.organisation)


def check_may_operate(actor: Actor) -> None:
    """Operators see the channels and set webhooks. Raises NotAllowed."""
    if not actor.has("operator"):
        raise NotAllowed


def sender(actor: Actor) -> str:
    """Returns the name under which a sibling's SMS are kept.

    Only sibling services reach people by SMS; edges.yaml says which. Raises NotAllowed.
    """
    if actor.service is None:
        raise NotAllowed
    return f"service:{actor.service}"
