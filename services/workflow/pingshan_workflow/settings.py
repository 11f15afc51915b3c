"""Settings of workflow: `PINGSHAN_WORKFLOW_<NAME>`."""

from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Reads settings; own secret: `temporal_key`, the AES-GCM keys of payloads, 64 hexadecimal digits a line."""

    model_config = SettingsConfigDict(env_prefix="PINGSHAN_WORKFLOW_")
    service: ClassVar[str] = "workflow"

    temporal_address: str
    temporal_namespace: str
    url_e_license: str = Field(default="", description="origin of e-license, for links to its pages; empty: no links")
