"""The HTTP side of a service: one Starlette application with pages, a REST API, and what every answer needs."""

from pingshan_kit.http.api import PageSize, PageToken, idempotency_key
from pingshan_kit.http.application import application
from pingshan_kit.http.readiness import Readiness
from pingshan_kit.http.signed_in import SignIn

__all__ = ["PageSize", "PageToken", "Readiness", "SignIn", "application", "idempotency_key"]
