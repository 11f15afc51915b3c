"""Who may do what."""

from pingshan_values.actor import Actor, ActorKind


def may_read_hotspots(actor: Actor) -> bool:
    """Hotspots are public facts; a caller only has to be known."""
    return actor.kind is not ActorKind.ANONYMOUS


def may_operate(actor: Actor) -> bool:
    """See live sessions and end one."""
    return actor.has("operator")
