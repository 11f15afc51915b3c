"""Every route of a service's application, with the names of the fields that its handler reads."""

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from pingshan_kit.http.csrf import Csrf
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Mount, Route

_READERS = frozenset({"get", "getlist", "single", "day", "optional_day", "number", "lines", "moment", "uuid", "text"})
_SOURCES = frozenset({"form", "query", "filled", "fields", "source", "parameters", "sent", "values"})
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")


@dataclass(frozen=True)
class Walked:
    service: str
    method: str
    path: str
    """Pattern with its mounts, for example `/alerts/{alert_id}`."""
    names: tuple[str, ...]
    """Fields of the form or the query that the handler's module reads."""
    document: dict[str, Any] | None = None
    """JSON Schema of the body, for operations of the REST API."""
    host: str = ""
    is_page: bool = False
    """Browsers come here: a session, a CSRF check, and forms that are answered once."""

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/v1/")

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


def routes_of(service: str, application: Starlette) -> list[Walked]:
    """All of them, also those that FastAPI and the kit add."""
    return [
        replace(walked, is_page=isinstance(getattr(route, "app", None), Csrf))
        for route in application.routes
        for walked in _walk(service, route, "", "")
    ]


def _walk(service: str, route: BaseRoute, prefix: str, host: str) -> Iterator[Walked]:
    match route:
        case APIRoute():
            query = tuple(field.alias for field in route.dependant.query_params)
            for method in sorted(route.methods or ()):
                yield Walked(service, method, prefix + route.path, query, _document(route), host)
        case Route():
            names = _names_of(route.endpoint)
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield Walked(service, method, prefix + route.path, names, None, host)
        case Mount() if route.routes:
            for inner in route.routes:
                yield from _walk(service, inner, prefix + route.path, host)
        case Mount():
            yield Walked(service, "GET", f"{prefix}{route.path}/{{path}}", (), None, host)
        case Host():
            for inner in route.routes:
                yield from _walk(service, inner, prefix, route.host)
        case _ if hasattr(route, "original_router"):  # FastAPI's `include_router`
            for inner in route.original_router.routes:
                yield from _walk(service, inner, prefix, host)
        case _:
            raise TypeError(f"{route!r} of {service} is of a kind that is not walked")


def _document(route: APIRoute) -> dict[str, Any] | None:
    if route.body_field is None:
        content = ((route.openapi_extra or {}).get("requestBody") or {}).get("content", {})
        schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return schema
    annotation = route.body_field.field_info.annotation
    if annotation is not None and hasattr(annotation, "model_json_schema"):
        return dict(annotation.model_json_schema())
    extra: dict[str, Any] = route.openapi_extra or {}
    return dict(extra["requestBody"]["content"]["application/json"]["schema"])


def _names_of(endpoint: Callable[..., Any]) -> tuple[str, ...]:
    function = endpoint
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    while function.__closure__ and "endpoint" in function.__code__.co_freevars:  # a wrapper without `wraps`
        place = function.__code__.co_freevars.index("endpoint")
        function = inspect.unwrap(function.__closure__[place].cell_contents)
    return _names_in(function.__module__)


@functools.cache
def _names_in(module: str, *, deep: bool = True) -> tuple[str, ...]:
    tree = ast.parse(Path(str(importlib.import_module(module).__file__)).read_text("utf-8"))
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        found |= dict.fromkeys(_read_by(node))
        if deep and isinstance(node, ast.ImportFrom) and ".entrypoints" in (node.module or "") and node.module:
            found |= dict.fromkeys(_names_in(node.module, deep=False))
    return tuple(found)


def _read_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=function, args=arguments):
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            texts = [each.value for each in arguments if isinstance(each, ast.Constant)]
            if name in _READERS or any(getattr(each, "id", "") in _SOURCES for each in arguments):
                yield from (text for text in texts if isinstance(text, str) and _NAME.fullmatch(text))
        case ast.Subscript(value=ast.Name(id=source), slice=ast.Constant(value=str(text))) if source in _SOURCES:
            yield text
        case ast.Tuple(elts=items) if len(items) > 1 and all(isinstance(each, ast.Constant) for each in items):
            texts = [each.value for each in items if isinstance(each, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and _NAME.fullmatch(text))
