"""Caller, person and deadline of the call that is being served, or that is about to be made."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pingshan_values.actor import Actor

from pingshan_kit.trust.admission import admit

_actor: ContextVar[Actor] = ContextVar("pingshan_rpc_actor")
_behalf: ContextVar[Actor | None] = ContextVar("pingshan_rpc_behalf", default=None)
_deadline: ContextVar[float | None] = ContextVar("pingshan_rpc_deadline", default=None)


def actor() -> Actor:
    """Returns the checked caller of the RPC that is being served. Raises LookupError outside of one."""
    return _actor.get()


def require(*roles: str, level: int = 0) -> Actor:
    """Returns the caller of the RPC that is being served.

    Raises Forbidden where roles are named and the caller holds none of them, LevelTooLow where the caller is staff and
    signed in below `level`.
    """
    caller = actor()
    admit(caller, *roles, level=level)
    return caller


@contextmanager
def on_behalf_of(person: Actor | None) -> Iterator[None]:
    """Makes calls inside for `person`: the callee sees who that is and which service says so, but no roles."""
    token = _behalf.set(person if person is not None and person.person_id else None)
    try:
        yield
    finally:
        _behalf.reset(token)


def person_for_whom() -> Actor | None:
    return _behalf.get()


@contextmanager
def serving(caller: Actor, seconds: float) -> Iterator[None]:
    """Sets the caller of the RPC that is being served, and its deadline, before which calls made inside end."""
    actor_token = _actor.set(caller)
    deadline_token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _actor.reset(actor_token)
        _deadline.reset(deadline_token)


def seconds_left() -> float | None:
    deadline = _deadline.get()
    return None if deadline is None else deadline - time.monotonic()
