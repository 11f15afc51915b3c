"""Who may do what. A detector is a machine that reports: a camera's analyser, a light pole."""

from pingshan_values.actor import Actor, ActorKind


def may_raise(actor: Actor) -> bool:
    return actor.has("duty-officer") or actor.has("detector")


def may_detect(actor: Actor) -> bool:
    return actor.kind is ActorKind.CLIENT and actor.has("detector")


def may_read(actor: Actor) -> bool:
    return any(actor.has(role) for role in ("viewer", "duty-officer", "operator"))


def may_handle(actor: Actor) -> bool:
    """Acknowledge and resolve; the organisation must have been told as well."""
    return actor.kind is ActorKind.PERSON and actor.has("duty-officer") and bool(actor.organisation)


def may_operate(actor: Actor) -> bool:
    return actor.has("operator")


def may_notify(actor: Actor) -> bool:
    """Only sibling services reach people by SMS; edges.yaml says which."""
    return actor.service is not None
