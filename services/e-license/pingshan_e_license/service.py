"""Joins the parts of e-license."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from pingshan.e_license.v1.catalogue_pb2_grpc import add_CatalogueServiceServicer_to_server
from pingshan.e_license.v1.license_pb2_grpc import add_LicenseServiceServicer_to_server
from pingshan.e_license.v1.log_pb2_grpc import add_LogServiceServicer_to_server
from pingshan.e_license.v1.sharing_pb2_grpc import (
    add_ConsentServiceServicer_to_server,
    add_SharingServiceServicer_to_server,
)
from pingshan.e_license.v1.verification_pb2_grpc import add_VerificationServiceServicer_to_server
from pingshan_kit import rpc
from pingshan_kit.audit_log import Recorder
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.process.service import Service
from pingshan_kit.sheets import Limits, Sheets
from pingshan_kit.storage.database import Database
from pingshan_ui import environment

from pingshan_e_license.clients.log_signer import LogSigner
from pingshan_e_license.clients.organisations import Organisations
from pingshan_e_license.clients.receipt_signer import ReceiptSigner
from pingshan_e_license.clients.renditions.files import Files
from pingshan_e_license.clients.renditions.renderer import Renderer
from pingshan_e_license.clients.signer import Signer, older_key
from pingshan_e_license.clients.status_tokens import StatusTokens
from pingshan_e_license.domain.issuing import bulk_issue
from pingshan_e_license.domain.renditions import uploads
from pingshan_e_license.entrypoints import api, jobs, machine, pages
from pingshan_e_license.entrypoints.catalogue.catalogue_rpcs import Catalogue
from pingshan_e_license.entrypoints.errors import ERRORS
from pingshan_e_license.entrypoints.grpc import LicenseService
from pingshan_e_license.entrypoints.issuing.first_keys import first_keys
from pingshan_e_license.entrypoints.renditions.files import UPLOADS
from pingshan_e_license.entrypoints.sharing.consent_rpcs import Consents
from pingshan_e_license.entrypoints.sharing.sharing_rpcs import Sharing
from pingshan_e_license.entrypoints.sharing.use_numbering import run_use_numbering
from pingshan_e_license.entrypoints.transparency.log_rpcs import Log
from pingshan_e_license.entrypoints.transparency.sequencer import run_sequencer
from pingshan_e_license.entrypoints.verification.verification_rpcs import Verifications
from pingshan_e_license.settings import Settings
from pingshan_e_license.store.issuing.known_keys import KnownKeys
from pingshan_e_license.store.retention import RETENTION
from pingshan_e_license.store.verification.identified_licenses import IdentifiedLicenses
from pingshan_e_license.usecases.answers import Answers
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.uses import Uses

_WEB = Path(__file__).parent / "web"
SHEET_LIMITS = Limits(most_bytes=4 * 1024 * 1024, most_rows=10_000, most_columns=40, seconds=20.0)
"""Of a sheet to verify: rows for the most identifiers of a batch, besides its head."""
_LARGER_BODIES = {
    "/verify/batch": 2 * SHEET_LIMITS.most_bytes,  # what is too large is told so in words
    **dict.fromkeys(("/workspace/bulk", "/v1/bulk-issues"), bulk_issue.MOST_BYTES + 65_536),
    **dict.fromkeys(UPLOADS, 2 * uploads.MOST_BYTES),  # the same
}
"""Bytes that a request body may have, by path."""


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=application(
            settings,
            database=database,
            errors=ERRORS,
            pages=pages.routes(deps),
            api=api.router(deps),
            machine=machine.routes(deps),
            templates=environment(_WEB, zh="电子证照", en="Electronic licences"),
            auth=PageAuth(settings, database),
            larger_bodies=_LARGER_BODIES,
        ),
        grpc=[
            partial(add_LicenseServiceServicer_to_server, LicenseService(deps)),
            partial(add_VerificationServiceServicer_to_server, Verifications(deps)),
            partial(add_CatalogueServiceServicer_to_server, Catalogue(deps)),
            partial(add_SharingServiceServicer_to_server, Sharing(deps)),
            partial(add_ConsentServiceServicer_to_server, Consents(deps)),
            partial(add_LogServiceServicer_to_server, Log(deps)),
        ],
        jobs=jobs.handlers(deps),
        periodic=jobs.periodic(deps),
        prepare=[partial(first_keys, deps)],
        retention=RETENTION,
        components={"sequencer": partial(run_sequencer, deps), "use-numbering": partial(run_use_numbering, deps)},
        close=[close],
    )


def dependencies(settings: Settings, database: Database) -> tuple[Dependencies, Callable[[], Awaitable[None]]]:
    """Returns what use cases need, and a function that closes all of it but the database."""
    identity = rpc.channel(settings, "identity")
    personal = PersonalData.from_settings(settings)
    receipt_signer = ReceiptSigner.from_settings(settings)
    uses = Uses(personal, receipt_signer, settings.public_url)
    deps = Dependencies(
        database=database,
        identified=IdentifiedLicenses(database, personal),
        recorder=Recorder(database),
        sheets=Sheets(SHEET_LIMITS),
        personal=personal,
        signer=Signer(),
        receipt_signer=receipt_signer,
        uses=uses,
        answers=Answers(database, personal, uses),
        keys=KnownKeys(database, personal),
        older_key=older_key(settings),
        log_signer=LogSigner.from_settings(settings),
        status_tokens=StatusTokens(),
        organisations=Organisations(identity),
        renderer=Renderer.from_settings(settings),
        files=Files(),
        issuer=settings.public_url,
        publishes_over_asking=settings.publish_over_asking,
    )

    async def close() -> None:
        await deps.sheets.close()
        await deps.renderer.close()
        await deps.files.close()
        await identity.close(None)

    return deps, close
