"""The lean door: routes of machines are found by their path, and pass only what they need.

What every request passes stays the same, by the same classes: address, trace, headers, failures, limits and the check
of what no handler should see. Left out is what is for people: language and its cookie, pages' sessions, CSRF and forms;
and the search among all routes. Whatever is unusual, another method or a query, goes the ordinary way.

Own code: Starlette has one stack for all routes of an application, and tries their patterns one after the other.
"""

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send


class LeanDoor:
    """Is the end of a stack: the routes of these paths, by path and method."""

    def __init__(self, routes: Sequence[BaseRoute], paths: Mapping[str, int]) -> None:
        """Takes as `paths` those that the door serves. Raises ValueError for one that is not one of the routes."""
        own = [route for route in routes if isinstance(route, Route) and route.path in paths]
        if {route.path for route in own} != set(paths):
            raise ValueError("a lean path is none of the routes")
        self._routes = {(route.path, method): route for route in own for method in route.methods or ()}

    def serves(self, scope: Scope) -> bool:
        """Returns whether the request is one of these routes, and nothing about it is unusual."""
        return (
            scope["type"] == "http" and not scope["query_string"] and (scope["path"], scope["method"]) in self._routes
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes[scope["path"], scope["method"]]
        scope.update(route=route, endpoint=route.endpoint, path_params={})
        await route.app(scope, receive, send)


class TwoDoors:
    """Leads a request to the lean stack where its door serves it, any other to the ordinary one."""

    def __init__(self, door: LeanDoor, lean: ASGIApp, ordinary: ASGIApp) -> None:
        self._door = door
        self._lean = lean
        self._ordinary = ordinary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._lean if self._door.serves(scope) else self._ordinary)(scope, receive, send)
