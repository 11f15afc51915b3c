"""Settings of workflow, from PINGSHAN_WORKFLOW_<NAME>."""

from typing import ClassVar

from pingshan_kit.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import SettingsConfigDict


class Settings(ServiceSettings):
    """Also reads the secret `temporal_key`: 32 bytes in hexadecimal, the AES-GCM key of Temporal's payloads."""

    model_config = SettingsConfigDict(env_prefix="PINGSHAN_WORKFLOW_")
    service: ClassVar[str] = "workflow"

    temporal_address: str
    temporal_namespace: str
    url_e_license: str = Field(default="", description="origin of e-license, for links to its pages; empty: no links")
