"""Events of e-license."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from pingshan_events.base import Event, RecordHead


class LicenseIssued(Event):
    """A licence was issued."""

    subject: ClassVar[str] = "e-license.license.issued.v1"

    license_id: str
    identifier: str = Field(default="", description="GB/T 36904 identifier; empty in events from before it was told")
    type: str = Field(description="type code of the catalogue")
    type_name_zh: str = Field(default="", description="name of the type; empty in events from before it was told")
    type_name_en: str = Field(default="", description="English name of the type; empty where it has none")
    agency: str = Field(description="code of the issuing organisation")
    case_id: str = Field(default="", description="the approval it came from; empty where there was none")
    version: int = Field(default=1, description="1, or more for a renewal, change, correction or restoration")


class LicenseRevoked(Event):
    """A licence was revoked (吊销)."""

    subject: ClassVar[str] = "e-license.license.revoked.v1"

    license_id: str
    type: str = Field(description="type code of the catalogue")
    agency: str = Field(description="code of the organisation that revoked it")
    case_id: str = Field(default="", description="the approval that the licence came from")
    identifier: str = Field(default="", description="GB/T 36904 identifier; empty in events from before it was told")
    type_name_zh: str = Field(default="", description="name of the type; empty in events from before it was told")
    type_name_en: str = Field(default="", description="English name of the type; empty where it has none")


class LicenseChanged(Event):
    """A decision was taken on a licence that is neither its issue nor its revocation."""

    subject: ClassVar[str] = "e-license.license.changed.v1"

    license_id: str
    identifier: str = Field(description="GB/T 36904 identifier")
    type: str = Field(description="type code of the catalogue")
    type_name_zh: str = Field(description="name of the type")
    type_name_en: str = Field(description="English name of the type")
    agency: str = Field(description="code of the organisation that decided")
    act: str = Field(
        description="suspended, resumed, rescinded, cancelled, lapsed or transferred_out; renewed, changed, corrected "
        "or restored where its next version takes its place"
    )
    standing: str = Field(description="what the licence is after it: valid, suspended, superseded, …")
    effective_at: AwareDatetime = Field(description="from when the decision holds")
    case_id: str = Field(default="", description="the approval that the licence came from")


class ConsentRequested(Event):
    """An organisation asks a holder for consent to one sharing item."""

    subject: ClassVar[str] = "e-license.consent.requested.v1"

    consent_id: str
    item: str = Field(description="code of the sharing item")
    requester: str = Field(description="code of the organisation that asks")


class RecordSealed(RecordHead, Event):
    """The service's record of acts was sealed up to a position, which another service keeps."""

    subject: ClassVar[str] = "e-license.record.sealed.v1"
