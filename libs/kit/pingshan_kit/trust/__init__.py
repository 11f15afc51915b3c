"""The trust of a service: in siblings by their service keys, in people by identity's tokens and live sessions."""

from functools import cache

from pingshan_kit.settings import ServiceSettings
from pingshan_kit.trust.access_tokens import AccessTokens, IssuerKeys
from pingshan_kit.trust.revocations import Revocations
from pingshan_kit.trust.service_tokens import ServiceCaller, ServiceTokens

__all__ = ["AccessTokens", "IssuerKeys", "Revocations", "ServiceCaller", "ServiceTokens", "Trust", "trust_of"]


class Trust:
    """Holds what HTTP and gRPC of a process share: the keys that were fetched, the sessions that were revoked."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.services = ServiceTokens(settings)
        self.revocations = Revocations()
        keys = IssuerKeys(settings.issuer, self.revocations, settings.outgoing_ca_file)
        self.people = AccessTokens(settings.service, settings.issuer, keys)


@cache
def trust_of(settings: ServiceSettings) -> Trust:
    """Returns the process's Trust: the same one for equal settings."""
    return Trust(settings)
