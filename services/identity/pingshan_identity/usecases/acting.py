"""Actors for people who are behind a session or a sign-in, as records name them."""

from pingshan_values.actor import Actor, ActorKind


def acting(person_id: str, session_id: str | None = None) -> Actor:
    return Actor(kind=ActorKind.PERSON, person_id=person_id, session_id=session_id)
