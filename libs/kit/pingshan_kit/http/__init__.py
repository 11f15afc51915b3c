"""The HTTP side of a service: one Starlette application with pages, a REST API, and what every answer needs."""

from pingshan_kit.http.api import PageSize, PageToken, idempotency_key
from pingshan_kit.http.application import Application, application

__all__ = ["Application", "PageSize", "PageToken", "application", "idempotency_key"]
