"""Settings of e-license: `PINGSHAN_E_LICENSE_<NAME>`."""

from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Reads settings.

    Own secrets: `log_key`, which signs checkpoints of the transparency log; `seal_key`, of the simulator of seals.
    """

    model_config = SettingsConfigDict(env_prefix="PINGSHAN_E_LICENSE_")

    service: ClassVar[str] = "e-license"
