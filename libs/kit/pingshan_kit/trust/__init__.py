"""Whom a service believes: siblings by their service keys, people by identity's tokens and live sessions."""

from functools import cache

from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust.access_tokens import AccessTokens, IssuerKeys
from pingshan_kit.trust.revocations import Revocations
from pingshan_kit.trust.service_tokens import ServiceCaller, ServiceTokens

__all__ = ["AccessTokens", "IssuerKeys", "Revocations", "ServiceCaller", "ServiceTokens", "Trust", "trust_of"]


class Trust:
    """One for a process: HTTP and gRPC share the keys that were fetched and the sessions that were revoked."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.services = ServiceTokens(settings)
        self.people = AccessTokens(settings.service, settings.issuer, IssuerKeys(settings.issuer))
        self.revocations = Revocations()


@cache
def trust_of(settings: ServiceSettings) -> Trust:
    """The process's one Trust (equal settings, same Trust)."""
    return Trust(settings)
