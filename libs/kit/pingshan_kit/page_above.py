"""Finds the page on which a form stands, by the address that takes the form."""

from collections.abc import Iterator, Sequence

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount, Route


def page_above(request: Request) -> str | None:
    """Returns the path of the nearest page above the request's address, where its form stands; None for none."""
    parts = [part for part in request.url.path.split("/") if part]
    above = ("/" + "/".join(parts[:count]) for count in range(len(parts) - 1, -1, -1))
    pages = [route for route in _flat(request.app.routes) if isinstance(route, Route)]
    return next((path for path in above if _is_page(request, pages, path)), None)


def _flat(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        yield from _flat(route.routes) if isinstance(route, Mount) and not route.path else (route,)


def _is_page(request: Request, pages: Sequence[Route], path: str) -> bool:
    scope = {**request.scope, "method": "GET", "path": path}
    return any(page.matches(scope)[0] is Match.FULL for page in pages)
