"""Who may do what."""

from pingshan_values.actor import Actor, ActorKind

from pingshan_wifi_portal.domain.errors import NotAllowed

OPERATOR = "operator"


def check_may_read_hotspots(actor: Actor) -> None:
    """Hotspots are public facts; a caller only has to be known. Raises NotAllowed."""
    if actor.kind is ActorKind.ANONYMOUS:
        raise NotAllowed


def check_may_operate(actor: Actor) -> None:
    """See live sessions and controllers, and end a session. Raises NotAllowed."""
    if not actor.has(OPERATOR):
        raise NotAllowed
