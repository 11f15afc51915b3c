"""Bundles what the use cases need from outside, made once in `service.py`."""

from dataclasses import dataclass
from typing import Any

from pingshan_kit.audit_log import Recorder
from pingshan_kit.crypto import PersonalData
from pingshan_kit.sheets import Sheets
from pingshan_kit.storage.database import Database

from pingshan_e_license.clients.log_signer import LogSigner
from pingshan_e_license.clients.organisations import Organisations
from pingshan_e_license.clients.receipt_signer import ReceiptSigner
from pingshan_e_license.clients.renditions.files import Files
from pingshan_e_license.clients.renditions.renderer import Renderer
from pingshan_e_license.clients.signer import Signer
from pingshan_e_license.clients.status_tokens import StatusTokens
from pingshan_e_license.store.issuing.known_keys import KnownKeys
from pingshan_e_license.store.verification.identified_licenses import IdentifiedLicenses
from pingshan_e_license.usecases.answers import Answers
from pingshan_e_license.usecases.uses import Uses


@dataclass(frozen=True, slots=True)
class Dependencies:
    database: Database
    identified: IdentifiedLicenses
    recorder: Recorder
    sheets: Sheets
    personal: PersonalData
    signer: Signer
    receipt_signer: ReceiptSigner
    uses: Uses
    answers: Answers
    log_signer: LogSigner
    status_tokens: StatusTokens
    keys: KnownKeys
    older_key: tuple[str, dict[str, Any]] | None
    """`kid` and public JWK of the key that all agencies shared before; None where there never was one."""
    organisations: Organisations
    renderer: Renderer
    files: Files
    issuer: str
    """`iss` of credentials: the origin that browsers see."""
    publishes_over_asking: bool
    """Whether everybody may see how often each agency over-asked."""
