"""The lean door: routes of machines are found by their path, and pass only what they need.

What every request passes stays the same, by the same classes: address, trace, headers, failures, limits and the check
of what no handler should see. Left out is what is for people: language and its cookie, pages' sessions, CSRF and forms;
and the search among all routes. Whatever is unusual, another method or a query, goes the ordinary way.

Own code: Starlette has one stack for all routes of an application, and tries their patterns one after the other.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import cast

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pingshan_kit.http.documents import Document, DocumentRoute

_MORE_THAN_ASKED = frozenset({b"content-length", b"transfer-encoding", b"traceparent"})
"""Headers of a request that has a body, or is part of another one's act."""


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


class DocumentDoor:
    """Is the end of a stack that passes nothing but headers: documents that are at hand, for whoever just asks for one.

    It has no body that could be refused, and waits for nobody, so that it does not count as under way. Of so many one
    goes by the lean door, where it leaves its trace.
    """

    def __init__(self, routes: Sequence[BaseRoute], paths: Mapping[str, int]) -> None:
        """Takes as `paths` those of the lean door, each with the number of acts of which one is exported."""
        own = [route for route in routes if isinstance(route, DocumentRoute) and route.path in paths]
        self._at_hand = {route.path: route.at_hand for route in own}
        self._asked = {route.path: count(1) for route in own}
        self._one_in = paths

    def serves(self, scope: Scope) -> bool:
        """Returns whether the request asks for such a document, and nothing else."""
        return (
            scope["type"] == "http"
            and scope["path"] in self._at_hand
            and scope["method"] == "GET"
            and not scope["query_string"]
            and not any(name in _MORE_THAN_ASKED for name, _ in scope["headers"])
            and self._at_hand[scope["path"]]() is not None
            and next(self._asked[scope["path"]]) % self._one_in[scope["path"]] != 0
        )

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        document = cast("Document", self._at_hand[scope["path"]]())  # `serves` has just looked
        await document.send(scope, send)


class Doors:
    """Leads a request to the first stack whose door serves it, any other to the ordinary one."""

    def __init__(self, stacks: Sequence[tuple[DocumentDoor | LeanDoor, ASGIApp]], ordinary: ASGIApp) -> None:
        self._stacks = stacks
        self._ordinary = ordinary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = next((app for door, app in self._stacks if door.serves(scope)), self._ordinary)
        await app(scope, receive, send)
