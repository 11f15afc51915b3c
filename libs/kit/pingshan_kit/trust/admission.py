"""Whether a known caller may come in: the one check of role and level behind pages, REST, RPC and the sign-in."""

from pingshan_values.actor import Actor

from pingshan_kit.errors import Forbidden, LevelTooLow


def admit(actor: Actor, *roles: str, level: int = 0) -> None:
    """Lets pass whoever holds one of `roles` (anybody, where none is named) and, as staff, signed in at `level`.

    `level`: assurance level, 1 to 3; machines and the public have none, so it asks nothing of them.
    Raises Forbidden without a role, LevelTooLow below the level.
    """
    if roles and not actor.roles.intersection(roles):
        raise Forbidden(roles=", ".join(roles))
    if actor.realm == "staff" and actor.acr < level:
        raise LevelTooLow(level)
