"""Joins a service's pages, REST API and machine routes into one application."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from pingshan_kit.auth.guard import protect
from pingshan_kit.errors import ErrorTable, merged
from pingshan_kit.events.dead_letters import DeadLetters
from pingshan_kit.http import dead_letters
from pingshan_kit.http.api import rest
from pingshan_kit.http.csrf import Csrf
from pingshan_kit.http.door import Door
from pingshan_kit.http.forms import Forms
from pingshan_kit.http.lean import DocumentDoor, Doors, LeanDoor
from pingshan_kit.http.locale import Locale
from pingshan_kit.http.peers import MOST_PER_PEER, ClientLimit
from pingshan_kit.http.probes import healthz, readyz
from pingshan_kit.http.problems import Failures, Problems
from pingshan_kit.http.proxies import ClientAddress
from pingshan_kit.http.security import BodyLimit, SecurityHeaders, content_security_policy, keeps_no_opener
from pingshan_kit.http.signed_in import SignedIn
from pingshan_kit.http.tracing import Tracing, from_sibling
from pingshan_kit.readiness import Readiness
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.shares import Shares
from pingshan_kit.site import SignIn, Site
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of

BODY_LIMIT = 1_048_576
"""Bytes of a request body, where a service sets no other limit."""


class Application(Starlette):
    """Serves a service's HTTP side as an ASGI application."""

    def __init__(
        self,
        site: Site,
        documents: DocumentDoor | None,
        lean: LeanDoor | None,
        for_people: Sequence[Middleware],
        **options: Any,
    ) -> None:
        """Takes as `for_people` those of its middlewares that the lean door leaves out."""
        super().__init__(**options)
        self._documents = documents
        self._lean = lean
        self._for_people = for_people
        self.router.redirect_slashes = False  # it would lead to whatever host the caller names
        self.site = self.state.site = site
        if site.api is not None:
            site.api.state.site = site

    def build_middleware_stack(self) -> ASGIApp:
        """Returns the ordinary stack of Starlette, with the short ones beside it."""
        ordinary = super().build_middleware_stack()
        if self._lean is None or self._documents is None:
            return ordinary
        passed = [each for each in self.user_middleware if each not in self._for_people]
        headers = [each for each in passed if isinstance(each.cls, type) and issubclass(each.cls, SecurityHeaders)]
        documents = _stack(headers, self._documents)
        return Doors([(self._documents, documents), (self._lean, _stack(passed, self._lean))], ordinary)


def _stack(passed: Sequence[Middleware], end: ASGIApp) -> ASGIApp:
    """Returns the middlewares, the first outermost, around the end."""
    for cls, arguments, named in reversed(passed):
        end = cls(end, *arguments, **named)
    return end


def application(
    settings: ServiceSettings,
    *,
    database: Database,
    errors: ErrorTable,
    templates: Environment,
    pages: Sequence[BaseRoute] = (),
    api: APIRouter | None = None,
    machine: Sequence[BaseRoute] = (),
    auth: SignIn | None = None,
    static: Path | None = None,
    csp_extra: Mapping[str, Iterable[str]] | None = None,
    body_limit: int = BODY_LIMIT,
    larger_bodies: Mapping[str, int] | None = None,
    lean: Mapping[str, int] | None = None,
    keeps_opener: Callable[[Scope], bool] = keeps_no_opener,
) -> Application:
    """Returns the whole HTTP side of a service.

    `pages` are for browsers: session, CSRF check, HTML errors. `api` lies below /v1: bearer tokens, problem documents.
    `machine` routes are for programs outside /v1 (webhooks, OAuth endpoints): no session, no CSRF check, they
    authenticate their callers themselves. `static` is served below /static, the shared files below /static/ui.
    `larger_bodies`: bytes that a request body may have, by path. `lean`: paths of `machine` routes that go by the lean
    door, each with the number of acts of which one is exported: 1 for all. `keeps_opener`: as in `SecurityHeaders`.
    """
    rates = lean or {}
    shorter = settings.lean_door and bool(rates)
    table = merged(errors)
    templates.globals["launchpad_url"] = settings.issuer
    problems = Problems(table, templates)
    rest_api = rest(settings, api, problems, table) if api else None
    site = Site(settings, templates, Readiness(settings.service, database), DeadLetters(database, ()), auth, rest_api)
    return Application(
        site,
        DocumentDoor(machine, rates) if shorter else None,
        LeanDoor(machine, rates) if shorter else None,
        [languages := Middleware(Locale)],
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Mount("/static/ui", StaticFiles(packages=[("pingshan_ui", "static")])),
            *([Mount("/static", StaticFiles(directory=static))] if static else []),
            *([Mount("/v1", rest_api)] if rest_api else []),
            *machine,
            *(auth.machine if auth else ()),
            _pages(settings, database, [*pages, *(_console_routes(auth) if auth else ())], auth),
        ],
        middleware=[
            Middleware(ClientAddress, settings.trusted_proxies),
            Middleware(Tracing, trusted=partial(from_sibling, trust_of(settings)), rates=rates),
            Middleware(SecurityHeaders, settings, content_security_policy(settings, csp_extra or {}), keeps_opener),
            languages,
            Middleware(Failures, problems),
            Middleware(ClientLimit, shares=Shares(MOST_PER_PEER)),
            Middleware(BodyLimit, body_limit, larger_bodies or {}),
            Middleware(Door),
        ],
        exception_handlers=dict.fromkeys((HTTPException, *table), problems.answer),
    )


def _console_routes(auth: SignIn) -> list[BaseRoute]:
    return [*auth.routes, *dead_letters.routes(), Route("/signed-in", protect(_signed_in))]


async def _signed_in(_request: Request) -> Response:
    """Answers 204 to a page's script that asks whether its person is still signed in; 401 tells it that nobody is."""
    return Response(status_code=204)


def _pages(settings: ServiceSettings, database: Database, routes: Sequence[BaseRoute], auth: SignIn | None) -> Mount:
    cookies = frozenset(auth.cookies if auth else ())
    once = Middleware(Forms, database, settings.key("csrf_key"), cookies, tuple(auth.returns if auth else ()))
    router = Router(routes, redirect_slashes=False)
    return Mount("", router, middleware=[Middleware(Csrf, settings, cookies), Middleware(SignedIn, auth), once])
