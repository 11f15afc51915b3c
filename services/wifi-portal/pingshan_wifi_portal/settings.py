"""Settings of wifi-portal: `PINGSHAN_WIFI_PORTAL_<NAME>`."""

from pathlib import Path
from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PINGSHAN_WIFI_PORTAL_")

    service: ClassVar[str] = "wifi-portal"

    radius_host: str = Field(default="127.0.0.1", description="where RADIUS listens")
    radius_auth_port: int = Field(ge=1, le=65535)
    radius_acct_port: int = Field(ge=1, le=65535)
    coa_port: int = Field(default=3799, ge=1, le=65535, description="where controllers listen (RFC 5176)")
    nas_secrets_file: Path = Field(description="what each controller is configured with, its secret included; 0600")
    controller_login_url: str = Field(description="where a controller takes the login token; {controller_id} is filled")
    network_codes: int = Field(default=60, ge=1, description="codes per client network within ten minutes")
    hotspot_codes: int = Field(default=200, ge=1, description="codes per hotspot within ten minutes")
