"""Settings of a service process: the environment for facts, files for secrets."""

import ssl
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from joserfc.jwk import ECKey
from pingshan_values.outside_address import Trusted
from pydantic import AfterValidator, BeforeValidator, Field, FilePath, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pingshan_kit.redaction import Sayable

Port = Field(ge=1, le=65535)
Networks = tuple[IPv4Network | IPv6Network, ...]


def _split(value: object) -> object:
    return frozenset(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def _check_trusted(value: frozenset[str]) -> frozenset[str]:
    Trusted.of(value)
    return value


Places = Annotated[frozenset[str], NoDecode, BeforeValidator(_split), AfterValidator(_check_trusted)]
"""Places by commas, as `Trusted` reads them."""


class MissingSecret(Sayable):
    """A file of the secrets folder is missing or unreadable."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the secret file {path} cannot be read")
        self.path = path


class ServiceSettings(BaseSettings):
    """Reads `PINGSHAN_<SERVICE>_<NAME>`. A subclass sets `service` and the `env_prefix` of its `model_config`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", ignored_types=(cached_property,))

    service: ClassVar[str]
    """Folder name of the service, for example `e-license`."""

    environment: Literal["embedded", "production"]
    database_url: str
    owner_database_url: str = ""
    database_pool_size: int = Field(default=10, ge=1, description="connections kept open in each pool: acts, reads")
    database_pool_overflow: int = Field(default=10, ge=0, description="more of them while all are in use")
    database_pool_wait: float = Field(default=5.0, gt=0, description="seconds that an act waits for a free connection")
    database_connect_timeout: float = Field(default=5.0, gt=0, description="seconds")
    database_statement_timeout: float = Field(default=30.0, ge=0.1, description="seconds that one statement may take")
    database_lock_timeout: float = Field(default=10.0, ge=0.1, description="seconds that a statement waits for a lock")
    database_idle_in_transaction_timeout: float = Field(
        default=60.0, ge=0.1, description="seconds without a statement after which a transaction is ended"
    )
    secrets_dir: Path
    service_jwks: Path = Field(description="public keys of all services, one JWK each, kid = service folder name")
    record_heads_file: Path | None = Field(
        default=None,
        description="file outside the database to which signed heads of the record are appended; without it they are "
        "kept by another service and stand in the log",
    )
    nats_url: str
    http_host: str = "127.0.0.1"
    http_port: int = Port
    grpc_host: str = "127.0.0.1"
    grpc_port: int = Port
    trusted_proxies: Annotated[Networks, NoDecode] = Field(
        default=(), description="networks whose X-Forwarded-For is believed, with commas; nobody's where not set"
    )
    lean_door: bool = Field(default=True, description="whether machines' routes go by the short way (`http/lean.py`)")
    public_url: str = Field(pattern=r"^https?://[^/]+$", description="origin that browsers see, without a slash")
    issuer: str = Field(pattern=r"^https?://[^/]+$", description="identity's issuer, without a slash")
    rpc_identity: str = ""
    rpc_e_license: str = ""
    rpc_workflow: str = ""
    rpc_wifi_portal: str = ""
    rpc_alerts: str = ""
    page_session_idle: int = Field(default=7_200, ge=60, description="seconds without a request that end it")
    page_session_absolute: int = Field(default=43_200, ge=60, description="seconds after which it ends")
    shutdown_grace: int = Field(default=10, ge=0, description="seconds that open requests get when the process stops")
    outgoing_ca_file: FilePath | None = Field(
        default=None, description="PEM: certificate authorities that calls to the outside trust beside the public ones"
    )
    outgoing_trusted: Places = Field(
        default=frozenset(),
        description="by commas, what addresses that others chose may lead to though it is not public: `host` or "
        "`host:port`, also without TLS; a network such as `10.20.0.0/16`, over https",
    )

    @field_validator("outgoing_ca_file")
    @classmethod
    def _check_authorities(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=value)
            except OSError as error:
                raise ValueError("holds no certificate in PEM") from error
        return value

    @property
    def trusted(self) -> Trusted:
        """Returns what operators except from the rule on addresses that others chose."""
        return Trusted.of(self.outgoing_trusted)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _read_proxies(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _refuse_whole_internet(cls, value: Networks) -> Networks:
        if any(network.prefixlen == 0 for network in value):
            message = "names every address there is"
            raise ValueError(message)
        return value

    def secret(self, name: str) -> str:
        """Returns the text of a file of the secrets folder, stripped. Raises MissingSecret."""
        path = self.secrets_dir / name
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise MissingSecret(path) from error

    @cached_property
    def service_key(self) -> ECKey:
        """Returns the private key of this service, with its kid. Raises MissingSecret."""
        return ECKey.import_key(self.secret("service_key.pem"), {"kid": self.service, "use": "sig", "alg": "ES256"})

    def key(self, name: str) -> bytes:
        """Returns the bytes of a secret in hexadecimal digits. Raises MissingSecret, ValueError for anything else."""
        return bytes.fromhex(self.secret(name))

    def rpc_address(self, target: str) -> str:
        """Returns host:port of a sibling. Raises ValueError where this service has no declared address for it."""
        address = self.model_dump().get(f"rpc_{target.replace('-', '_')}")
        if not isinstance(address, str) or not address:
            message = f"{self.service} has no address for {target}"
            raise ValueError(message)
        return address

    @property
    def secure_transport(self) -> bool:
        return self.public_url.startswith("https://")
