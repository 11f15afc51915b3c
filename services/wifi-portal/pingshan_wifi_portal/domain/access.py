"""Rules of who may do what."""

from pingshan_values.actor import Actor, ActorKind

from pingshan_wifi_portal.domain.errors import NotAllowed

OPERATOR = "operator"


def check_may_read_hotspots(actor: Actor) -> None:
    """Raises NotAllowed for anonymous callers; hotspots are public facts to everybody else."""
    if actor.kind is ActorKind.ANONYMOUS:
        raise NotAllowed


def check_may_operate(actor: Actor) -> None:
    """Raises NotAllowed unless the actor is an operator, who sees sessions and controllers and ends sessions."""
    if not actor.has(OPERATOR):
        raise NotAllowed
