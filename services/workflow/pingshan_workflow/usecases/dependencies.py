"""Bundles what the use cases need from outside, made once in `service.py`."""

from dataclasses import dataclass

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.clients.directory import Directory
from pingshan_workflow.clients.licenses import Licenses


@dataclass(frozen=True, slots=True)
class Dependencies:
    database: Database
    personal: PersonalData
    executions: TemporalCases
    """The workflow executions of cases."""
    licenses: Licenses
    directory: Directory
