"""The one check of a known caller's role and level, behind pages, REST, RPC and the sign-in."""

from pingshan_values.actor import Actor

from pingshan_kit.errors import Forbidden, LevelTooLow


def admit(actor: Actor, *roles: str, level: int = 0) -> None:
    """Admits whoever holds one of `roles` (anybody, where none is named) and, as staff, signed in at `level`.

    `level` is an assurance level, 1 to 3; it asks nothing of machines and the public, who have none.
    Raises Forbidden without a role, LevelTooLow below the level.
    """
    if roles and not actor.roles.intersection(roles):
        raise Forbidden(roles=", ".join(roles))
    if actor.realm == "staff" and actor.acr < level:
        raise LevelTooLow(level)
