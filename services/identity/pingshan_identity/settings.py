"""Settings of identity."""

from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pingshan_kit.settings import Places, ServiceSettings
from pingshan_values.outside_address import Trusted
from pydantic import Field
from pydantic_settings import SettingsConfigDict

_URL = r"^https?://[^/]+$"


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_IDENTITY_")
    service: ClassVar[str] = "identity"

    sign_ins_file: Path | None = Field(
        default=None, description="written by `seed`, mode 0600: initial passwords by login name or mobile number"
    )
    client_secrets_file: Path | None = Field(
        default=None,
        description="written by `seed`, mode 0600: secrets of the clients that are not our services; "
        "beside the sign-ins where not set",
    )
    url_e_license: str = Field(default="", pattern=rf"{_URL}|^$", description="origin of the service, for its client")
    url_workflow: str = Field(default="", pattern=rf"{_URL}|^$")
    url_wifi_portal: str = Field(default="", pattern=rf"{_URL}|^$")
    url_alerts: str = Field(default="", pattern=rf"{_URL}|^$")
    url_simulators: str = Field(default="", pattern=rf"{_URL}|^$", description="where the district systems answer")
    registered_trusted: Places = Field(
        default=frozenset(),
        description="like OUTGOING_TRUSTED, for systems that registered themselves: where their servers may be though "
        "the place is not public, in the government's own network for example",
    )
    upstreams_file: Path | None = Field(
        default=None,
        description="the sign-in services above us, as in seed/upstreams.json; the simulated ones if unset",
    )
    authenticators_file: Path | None = Field(
        default=None,
        description="the authenticators that count as hardware (level 3), FIDO models with their "
        "certificates; none if unset",
    )
    help_line: str = Field(
        default="",
        max_length=100,
        description="telephone number, shown to whoever has lost a way to sign in; none if unset",
    )
    password_threads: int = Field(default=0, ge=0, le=64, description="threads that hash; 0 means one per core")
    password_queue: int = Field(default=64, ge=1, le=1000, description="password checks that may wait for a thread")
    heartbeat_seconds: float = Field(default=0.5, gt=0, le=1)

    def url_of(self, service: str) -> str:
        """Origin of a sibling's pages."""
        return str(getattr(self, f"url_{service.replace('-', '_')}"))

    @property
    def trusted(self) -> Trusted:
        """Returns what operators except, and the systems whose origins they have set here."""
        origins = [urlsplit(url) for name, url in self if name.startswith("url_") and url]
        named = {f"{each.hostname}:{each.port or {'https': 443}.get(each.scheme, 80)}" for each in origins}
        return Trusted.of(self.outgoing_trusted | named)

    @property
    def client_secrets(self) -> Path | None:
        """Where `seed` writes the secrets of clients."""
        beside = self.sign_ins_file.with_name("client_secrets.json") if self.sign_ins_file else None
        return self.client_secrets_file or beside
