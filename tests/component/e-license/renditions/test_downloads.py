"""A licence as a file: for its holder and its issuer, whole, on record, the same octets each time."""

import hashlib
import io
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import ofdkit
import pikepdf
import pytest
import zxingcpp
from PIL import Image
from pingshan_e_license.domain.license import Act, License
from pingshan_e_license.domain.life_cycle.new_version import Wish
from pingshan_e_license.domain.renditions.offline_code import PREFIX
from pingshan_e_license.store.tables import license_, rendition
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.life_cycle.renew_license import RenewLicense, renew_license
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_kit.storage.tables import record
from sqlalchemy import select

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT, holder_person, issue_permit, issuer_of
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

RARE = "王𫍽𰻝"
"""Characters of extensions C and G that the font has."""


@pytest.fixture(scope="module")
async def permit(running: RunningService) -> License:
    order = issue_permit("RENDER1", attributes=PERMIT | {"legal_representative": RARE})
    return (await issue_license(running.given, issuer_of("amr"), order)).license


@pytest.fixture(scope="module")
async def amr(running: RunningService, identity_tokens: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http(identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")) as client:
        yield client


async def taken(client: httpx.AsyncClient, permit: License, kind: str) -> bytes:
    answer = await client.get(f"/v1/licenses/{permit.license_id}/renditions/{kind}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.content


async def test_the_pdf_is_pdf_a_2b(amr: httpx.AsyncClient, permit: License) -> None:
    """By what ISO 19005-2 demands of its parts; veraPDF, which judges the whole, is not a package."""
    content = await taken(amr, permit, "pdf")
    with pikepdf.open(io.BytesIO(content)) as pdf:
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        assert metadata["dc:title"] == "食品经营许可证"
        assert permit.identifier in str(metadata["pdf:Keywords"])
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/DestOutputProfile" in pdf.Root.OutputIntents[0]
        assert not pdf.is_encrypted
        assert {"/JavaScript", "/EmbeddedFiles"}.isdisjoint(pdf.Root.get("/Names", pikepdf.Dictionary()).keys())
        fonts = [each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/FontName" in each]
        assert fonts
        assert all({"/FontFile2", "/FontFile3"} & set(each.keys()) for each in fonts)
        assert all("/ToUnicode" in each for each in pdf.pages[0].Resources.Font.values())


async def test_the_same_revision_has_the_same_octets(
    running: RunningService, amr: httpx.AsyncClient, permit: License
) -> None:
    for kind in ("pdf", "ofd", "png", "card"):
        first = await taken(amr, permit, kind)
        running.given.renderer._kept.clear()  # noqa: SLF001 - another process has none of it
        assert await taken(amr, permit, kind) == first
        async with running.given.database.read() as tx:
            row = (await tx.execute(select(rendition).where(rendition.c.format == kind))).one()
        assert row.file_hash == hashlib.sha256(first).digest()
        assert (row.license_id, row.revision) == (permit.license_id, 1)


@pytest.mark.parametrize(("kind", "width"), [("png", 827), ("card", 360)])
async def test_a_foreign_decoder_reads_the_qr_code(
    running: RunningService, amr: httpx.AsyncClient, permit: License, kind: str, width: int
) -> None:
    """The card as wide as a phone shows it, the printed face at 100 dots an inch."""
    picture = Image.open(io.BytesIO(await taken(amr, permit, kind)))
    shown = picture.resize((width, round(picture.height * width / picture.width)))
    read = [each.text for each in zxingcpp.read_barcodes(shown)]
    assert f"{running.given.issuer}/public/verify?identifier={permit.identifier}" in read
    assert len([each for each in read if each.startswith(PREFIX)]) == (kind == "png")


async def test_a_foreign_reader_reads_the_ofd(amr: httpx.AsyncClient, permit: License) -> None:
    content = await taken(amr, permit, "ofd")
    with ofdkit.open(io.BytesIO(content)) as document:
        text = "".join(document.text().split())
    assert {"食品经营许可证", COMPANY_NAME, RARE, "坪山市场监管局"} == {
        each for each in ("食品经营许可证", COMPANY_NAME, RARE, "坪山市场监管局") if each in text
    }


async def test_each_download_is_on_record(running: RunningService, identity_tokens: TokenIssuer) -> None:
    issued = (await issue_license(running.given, issuer_of("amr"), issue_permit("RENDER2"))).license
    me = identity_tokens.bearer("e-license", realm="public", org=None, act_for=[COMPANY_CODE])
    async with running.http(me) as client:
        answer = await client.get(f"/v1/licenses/{issued.license_id}/renditions/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="food-business-permit-RENDER2.pdf"'
    async with running.given.database.read() as tx:
        rows = await tx.execute(
            select(record.c.act, record.c.details).where(record.c.subject == str(issued.license_id))
        )
        acts = {row.act: row.details for row in rows}
    assert acts["license.rendered"] == {"format": "pdf", "revision": 1}


async def test_a_revoked_licence_says_so_on_its_face(running: RunningService, amr: httpx.AsyncClient) -> None:
    issued = (await issue_license(running.given, issuer_of("amr"), issue_permit("RENDER3"))).license
    before = await taken(amr, issued, "ofd")
    await revoke_license(running.given, issuer_of("amr"), RevokeLicense(uuid4(), issued.license_id, "吊销", "第一条"))
    after = await taken(amr, issued, "ofd")
    with ofdkit.open(io.BytesIO(before)) as first, ofdkit.open(io.BytesIO(after)) as second:
        assert "已被吊销" not in first.text()
        assert "已被吊销" in second.text()


async def test_a_new_version_and_the_one_that_it_superseded(running: RunningService, amr: httpx.AsyncClient) -> None:
    issued = (await issue_license(running.given, issuer_of("amr"), issue_permit("RENDER4"))).license
    corrected = await renew_license(
        running.given,
        issuer_of("amr"),
        RenewLicense(
            uuid4(),
            issued.license_id,
            Act.CORRECT,
            Wish(attributes=dict(issued.attributes) | {"premises": "深圳市坪山区更正路2号"}),
            reason="更正",
            legal_basis="第一条",
        ),
    )
    older, newer = await taken(amr, issued, "ofd"), await taken(amr, corrected.license, "ofd")
    with ofdkit.open(io.BytesIO(older)) as first, ofdkit.open(io.BytesIO(newer)) as second:
        assert "新版取代" in first.text()
        assert "更正路" not in first.text()
        assert "新版取代" not in second.text()
        assert "更正路" in second.text()


async def test_no_file_of_a_licence_that_is_not_kept_as_it_was_signed(
    running: RunningService, amr: httpx.AsyncClient
) -> None:
    issued = (await issue_license(running.given, issuer_of("amr"), issue_permit("RENDER5"))).license
    async with running.given.database.begin() as tx:
        changed = license_.update().where(license_.c.license_id == issued.license_id)
        await tx.execute(changed.values(attributes=dict(issued.attributes) | {"premises": "别处"}))
    for kind in ("pdf", "ofd", "png", "card"):
        answer = await amr.get(f"/v1/licenses/{issued.license_id}/renditions/{kind}")
        assert (answer.status_code, answer.json()["code"]) == (409, "E_LICENSE_UNCONFIRMED")
    async with running.pages(holder_person(COMPANY_CODE)) as browser:
        assert (await browser.get(f"/licenses/{issued.license_id}/card")).status_code == 409
        assert "/renditions/" not in (await browser.get(f"/licenses/{issued.license_id}")).text


async def test_pages(running: RunningService, permit: License) -> None:
    async with running.pages(holder_person(COMPANY_CODE)) as browser:
        page = await browser.get(f"/licenses/{permit.license_id}")
        assert f"/licenses/{permit.license_id}/renditions/ofd" in page.text
        card = await browser.get(f"/licenses/{permit.license_id}/card")
        assert f'src="/licenses/{permit.license_id}/renditions/card"' in card.text
        picture = await browser.get(f"/licenses/{permit.license_id}/renditions/card")
        assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
        assert (await browser.get(f"/licenses/{permit.license_id}/renditions/docx")).status_code == 404
