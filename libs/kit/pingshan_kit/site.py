"""The parts of a process's HTTP side, and how the code that serves a request finds them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import FastAPI
from jinja2 import Environment
from pingshan_values.actor import Actor
from starlette.requests import Request
from starlette.routing import BaseRoute

from pingshan_kit.events.dead_letters import DeadLetters
from pingshan_kit.readiness import Readiness
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.turns import Turns


class SignIn(Protocol):
    """Tells a service's pages who a person is: `auth.PageAuth` everywhere, identity's own sessions at identity."""

    routes: Sequence[BaseRoute]
    """/sign-in, /sign-out and whatever belongs to them."""
    cookies: Sequence[str]
    """Names of the cookies that hold a session."""
    returns: Sequence[str]
    """Paths, as routes write them, on which another party leads a browser back with an answer that counts once; loaded
    twice, the second gets what the first was answered (`http/forms.py`)."""
    machine: Sequence[BaseRoute]
    """Routes that identity itself calls, without session and form token."""

    async def resolve(self, request: Request) -> Actor | None:
        """Returns the person of this request's session, None without a live one. Raises Unavailable."""

    def sign_in_address(self, request: Request, level: int = 0) -> str:
        """Returns where a person without a session, or below the level, is sent, to come back to this page.

        Where the request is a form, it is not sent again: the person is told so, and comes back to the form's page.
        """

    def another_address(self, request: Request) -> str:
        """Returns where a person who is signed in becomes somebody else, to come back to this page."""


@dataclass(slots=True)
class Site:
    """Holds what the pages and the REST API of a service's application share."""

    settings: ServiceSettings
    templates: Environment
    readiness: Readiness
    dead_letters: DeadLetters
    """Dead letters of no consumer, until the process sets those of its own."""
    sign_in: SignIn | None = None
    """None where nobody can sign in to the pages."""
    api: FastAPI | None = None
    turns: Turns = field(default_factory=Turns)
    """Of acts of the REST API, by their `Idempotency-Key`."""


def site_of(request: Request) -> Site:
    """Returns the site that serves the request."""
    site: Site = request.app.state.site
    return site
