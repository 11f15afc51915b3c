"""Settings of e-license: `PINGSHAN_E_LICENSE_<NAME>`."""

from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Reads settings.

    Own secrets: `receipt_key.pem` signs receipts of uses, `log_key` checkpoints of the log; `seal_key` is of the
    simulator of seals.
    """

    model_config = SettingsConfigDict(env_prefix="PINGSHAN_E_LICENSE_")

    service: ClassVar[str] = "e-license"

    publish_over_asking: bool = False
    """Whether everybody may see how often each agency asked for more than its sharing items allow."""
