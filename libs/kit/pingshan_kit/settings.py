"""Settings of a service process: the environment for facts, files for secrets."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from joserfc.jwk import ECKey
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Field(ge=1, le=65535)


class MissingSecret(Exception):
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
    database_pool_size: int = Field(default=10, ge=1, description="connections that a process keeps open")
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
    nats_url: str
    http_host: str = "127.0.0.1"
    http_port: int = Port
    grpc_host: str = "127.0.0.1"
    grpc_port: int = Port
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
