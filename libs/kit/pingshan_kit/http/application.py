"""Joins a service's pages, REST API and machine routes into one application."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pingshan_kit.errors import ErrorTable, merged
from pingshan_kit.events.dead_letters import DeadLetters
from pingshan_kit.http import dead_letters
from pingshan_kit.http.api import rest
from pingshan_kit.http.csrf import Csrf
from pingshan_kit.http.locale import Locale
from pingshan_kit.http.probes import healthz, readyz
from pingshan_kit.http.problems import Failures, Problems
from pingshan_kit.http.security import BodyLimit, SecurityHeaders, content_security_policy
from pingshan_kit.http.signed_in import SignedIn
from pingshan_kit.http.tracing import Tracing, from_sibling
from pingshan_kit.readiness import Readiness
from pingshan_kit.settings import ServiceSettings
from pingshan_kit.site import SignIn, Site
from pingshan_kit.storage.database import Database
from pingshan_kit.trust import trust_of

BODY_LIMIT = 1_048_576
"""Bytes of a request body, where a service sets no other limit."""


class Application(Starlette):
    """Serves a service's HTTP side as an ASGI application."""

    def __init__(self, site: Site, **options: Any) -> None:
        super().__init__(**options)
        self.site = self.state.site = site
        if site.api is not None:
            site.api.state.site = site


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
) -> Application:
    """Returns the whole HTTP side of a service.

    `pages` are for browsers: session, CSRF check, HTML errors. `api` lies below /v1: bearer tokens, problem documents.
    `machine` routes are for programs outside /v1 (webhooks, OAuth endpoints): no session, no CSRF check, they
    authenticate their callers themselves. `static` is served below /static, the shared files below /static/ui.
    """
    table = merged(errors)
    templates.globals["launchpad_url"] = settings.issuer
    problems = Problems(table, templates)
    rest_api = rest(settings, api, problems, table) if api else None
    site = Site(settings, templates, Readiness(database), DeadLetters(database, ()), auth, rest_api)
    return Application(
        site,
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Mount("/static/ui", StaticFiles(packages=[("pingshan_ui", "static")])),
            *([Mount("/static", StaticFiles(directory=static))] if static else []),
            *([Mount("/v1", rest_api)] if rest_api else []),
            *machine,
            *(auth.machine if auth else ()),
            _pages(settings, [*pages, *(_console_routes(auth) if auth else ())], auth),
        ],
        middleware=[
            Middleware(Tracing, trusted=partial(from_sibling, trust_of(settings))),
            Middleware(SecurityHeaders, settings, content_security_policy(settings, csp_extra or {})),
            Middleware(Locale),
            Middleware(Failures, problems),
            Middleware(BodyLimit, body_limit),
        ],
        exception_handlers=dict.fromkeys((HTTPException, *table), problems.answer),
    )


def _console_routes(auth: SignIn) -> list[BaseRoute]:
    return [*auth.routes, *dead_letters.routes()]


def _pages(settings: ServiceSettings, routes: Sequence[BaseRoute], auth: SignIn | None) -> Mount:
    return Mount("", routes=routes, middleware=[Middleware(Csrf, settings), Middleware(SignedIn, auth)])
