"""What all REST routes share: who calls, and bodies that refuse unknown members."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pingshan_kit.auth import bearer
from pingshan_kit.http import idempotency_key
from pingshan_values.actor import Actor
from pydantic import BaseModel, ConfigDict

Caller = Annotated[Actor, Depends(bearer())]


Surely = Annotated[Actor, Depends(bearer(level=2))]
"""Wants two factors, as a revocation cannot be taken back."""


Searcher = Annotated[Actor, Depends(bearer())]
"""Counts as a read: searching is a POST only to keep a holder's code out of addresses."""


RequestId = Annotated[UUID, Depends(idempotency_key)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
