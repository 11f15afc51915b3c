"""Settings of e-license: `PINGSHAN_E_LICENSE_<NAME>`."""

from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Reads settings; own secret: `log_key`, which signs checkpoints of the transparency log."""

    model_config = SettingsConfigDict(env_prefix="PINGSHAN_E_LICENSE_")

    service: ClassVar[str] = "e-license"
