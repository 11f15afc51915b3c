"""Renders a licence for whoever holds or issued it, whole and on record."""

import hashlib
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from pingshan_kit import audit_log, clock
from pingshan_kit.errors import Unavailable
from pingshan_kit.telemetry import mark
from pingshan_values.actor import Actor

from pingshan_e_license.domain.access import check_may_render
from pingshan_e_license.domain.license import LicenseOfType
from pingshan_e_license.domain.renditions.face import Format, check_confirmed, face_of
from pingshan_e_license.domain.renditions.offline_code import code_of
from pingshan_e_license.store.life_cycle import transitions
from pingshan_e_license.store.renditions import renditions
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.life_cycle.shared import read_license
from pingshan_e_license.usecases.signing_keys import signing_key


@dataclass(frozen=True, slots=True)
class RenderLicense:
    license_id: UUID
    kind: Format


@dataclass(frozen=True, slots=True)
class Rendition:
    found: LicenseOfType = field(repr=False)
    kind: Format
    content: bytes = field(repr=False)

    @property
    def file_name(self) -> str:
        """Returns a name without anything of the holder."""
        ending = "png" if self.kind is Format.CARD else self.kind.value
        return f"{self.found.type.code}-{self.found.license.serial_number}.{ending}"


async def render_license(deps: Dependencies, actor: Actor, command: RenderLicense) -> Rendition:
    """Returns the file once its hash and who took it are on record; it shows the licence unmasked.

    The same revision of a licence has the same octets, sealed at the time of its latest transition, for as long as its
    agency signs with the same key. Raises LicenseNotFound; NotAllowed by `check_may_render`; LicenseUnconfirmed where
    the licence is not kept as it was signed and decided; Unavailable where too many renditions wait, or the agency's
    name is not known yet.
    """
    async with deps.database.read() as tx:
        found = await read_license(tx, deps, command.license_id)
        known = found.license
        check_may_render(actor, known)
        check_confirmed(found)
        history = await transitions.of_license(tx, deps.personal, command.license_id)
    mark(license_id=command.license_id, correlation_id=known.case_id or command.license_id)
    agency = (await deps.organisations.names()).get(known.agency)
    if agency is None:  # identity was never reached: a code in the place of the name would stay on the face
        raise Unavailable(part="identity")
    at = max(each.recorded_at for each in history)
    face = face_of(found, agency.zh, origin=deps.issuer, offline=await _offline_code(deps, found))
    content = await deps.renderer.render(face, command.kind, known.agency, at)
    async with deps.database.begin() as tx:
        await renditions.keep(
            tx,
            file_hash=hashlib.sha256(content).digest(),
            license_id=known.license_id,
            kind=command.kind,
            revision=known.revision,
            rendered_at=clock.now(),
        )
        details = {"format": command.kind.value, "revision": known.revision}
        await audit_log.append(tx, actor=actor, act="license.rendered", subject=str(known.license_id), details=details)
    return Rendition(found, command.kind, content)


async def _offline_code(deps: Dependencies, found: LicenseOfType) -> str:
    async with deps.database.begin() as tx:  # it may make the agency's key
        own = await signing_key(tx, deps, found.license.agency)
        return code_of(found, partial(deps.signer.sign_offline, key=own.key, private_jwk=own.private_jwk))
