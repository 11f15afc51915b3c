"""An uploaded file: ours gets the answer of its identifier, anybody else's says whose seal it has."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pingshan_e_license.domain.issuing.issuer_key import RevocationReason
from pingshan_e_license.domain.license import License, LicenseOfType
from pingshan_e_license.domain.renditions.offline_code import code_of
from pingshan_e_license.store.catalogue import license_types
from pingshan_e_license.usecases.issuing.issue_license import issue_license
from pingshan_e_license.usecases.issuing.replace_issuer_key import ReplaceIssuerKey, replace_issuer_key
from pingshan_e_license.usecases.issuing.revoke_issuer_key import RevokeIssuerKey, revoke_issuer_key
from pingshan_e_license.usecases.life_cycle.revoke_license import RevokeLicense, revoke_license
from pingshan_e_license.usecases.signing_keys import signing_key
from pingshan_kit.storage.tables import record
from pingshan_values.actor import Actor, ActorKind
from sqlalchemy import select

from tests.support.e_license.foreign_files import NAME, ForeignOfd, a_pdf, a_signed_pdf, zipped
from tests.support.e_license.orders import issue_permit, issuer_of, verifier
from tests.support.e_license.service import RunningService
from tests.support.tokens import TokenIssuer

OPERATOR = Actor(
    kind=ActorKind.PERSON,
    person_id="operator",
    realm="staff",
    organisation="data",
    roles=frozenset({"operator"}),
    acr=2,
)
PURPOSE = {"purpose": "现场检查"}


@pytest.fixture(scope="module")
async def amr(running: RunningService, identity_tokens: TokenIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with running.http(identity_tokens.bearer("e-license", "issuer", "verifier", org="amr")) as client:
        yield client


async def issued(running: RunningService, serial_number: str) -> License:
    return (await issue_license(running.given, issuer_of("amr"), issue_permit(serial_number))).license


async def asked(client: httpx.AsyncClient, content: bytes) -> dict[str, Any]:
    answer = await client.post("/v1/verifications/rendition", files={"file": ("文件", content)}, data=PURPOSE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(answer: dict[str, Any]) -> dict[str, bool]:
    return {each["code"]: each["passed"] for each in answer["checks"]}


@pytest.mark.parametrize("kind", ["pdf", "ofd"])
async def test_what_we_rendered(running: RunningService, amr: httpx.AsyncClient, kind: str) -> None:
    permit = await issued(running, f"UP{kind.upper()}")
    content = (await amr.get(f"/v1/licenses/{permit.license_id}/renditions/{kind}")).content
    answer = await asked(amr, content)
    assert (answer["format"], answer["origin"]) == (kind, "rendered_here")
    by_identifier = await amr.post("/v1/verifications", json={"identifier": permit.identifier, **PURPOSE})
    assert answer["verification"] | {"as_of": ""} == by_identifier.json() | {"as_of": ""}
    seals = {"seal": True, "seal_register": True} if kind == "ofd" else {}
    assert codes(answer) == {"rendition": True} | seals

    await revoke_license(running.given, issuer_of("amr"), RevokeLicense(uuid4(), permit.license_id, "吊销", "第一条"))
    again = await asked(amr, content)
    assert (again["origin"], again["verification"]["state"]) == ("rendered_here", "revoked")


async def test_the_offline_code_is_taken_where_an_identifier_is(
    running: RunningService, amr: httpx.AsyncClient
) -> None:
    permit = await issued(running, "UPCODE")
    [found] = await of_type(running, permit)
    code = await coded(running, found)
    answer = (await amr.post("/v1/verifications", json={"identifier": code, **PURPOSE})).json()
    assert (answer["result"], answer["license"]["identifier"]) == ("valid", permit.identifier)
    changed = code[:-3] + ("000" if code[-3:] != "000" else "111")
    assert (await amr.post("/v1/verifications", json={"identifier": changed, **PURPOSE})).json()[
        "result"
    ] == "malformed"


async def coded(running: RunningService, found: LicenseOfType) -> str:
    """The code by the key with which the agency signs now."""
    given = running.given
    async with given.database.begin() as tx:
        own = await signing_key(tx, given, found.license.agency)
        return code_of(found, partial(given.signer.sign_offline, key=own.key, private_jwk=own.private_jwk))


async def test_a_code_on_a_wall_outlives_its_key(running: RunningService, amr: httpx.AsyncClient) -> None:
    """What is answered stands in the register: a key that signs no more, or was revoked, takes no code off a wall."""
    given = running.given
    permit = await issued(running, "UPOLDKEY")
    [found] = await of_type(running, permit)
    code = await coded(running, found)
    async with given.database.begin() as tx:
        kid = (await signing_key(tx, given, "amr")).key.kid
    await replace_issuer_key(given, OPERATOR, ReplaceIssuerKey(kid))
    assert await coded(running, found) != code
    asked_by_code = {"identifier": code, **PURPOSE}
    assert (await amr.post("/v1/verifications", json=asked_by_code)).json()["result"] == "valid"
    revocation = RevokeIssuerKey(kid, RevocationReason.COMPROMISED, permit.issued_at)
    await revoke_issuer_key(given, OPERATOR, revocation)
    await asyncio.sleep(1.1)  # for as long are keys believed
    by_identifier = (await amr.post("/v1/verifications", json={"identifier": permit.identifier, **PURPOSE})).json()
    by_code = (await amr.post("/v1/verifications", json=asked_by_code)).json()
    assert by_code | {"as_of": ""} == by_identifier | {"as_of": ""}
    assert by_code["result"] == "unknown"


async def test_anybody_may_ask_by_the_code_too(running: RunningService) -> None:
    permit = await issued(running, "UPPUBLIC")
    [found] = await of_type(running, permit)
    async with running.http() as client:
        answer = await client.post("/v1/public/verifications", json={"identifier": await coded(running, found)})
    assert (answer.json()["result"], answer.json()["type"]) == ("valid", "food-business-permit")


async def of_type(running: RunningService, permit: License) -> list[LicenseOfType]:
    async with running.given.database.read() as tx:
        return list(await license_types.beside(tx, [permit]))


async def test_a_copy_that_names_our_licence(running: RunningService, amr: httpx.AsyncClient) -> None:
    """It is compared with what is registered, and never shown as the original."""
    permit = await issued(running, "UPCOPY")
    answer = await asked(amr, a_pdf(Keywords=permit.identifier))
    assert (answer["origin"], codes(answer)) == ("names_license", {"rendition": False})
    assert answer["verification"]["license"]["identifier"] == permit.identifier
    text = ForeignOfd(text=permit.identifier).built()
    assert (await asked(amr, text))["origin"] == "names_license"


async def test_a_page_of_ours_changed(running: RunningService, amr: httpx.AsyncClient) -> None:
    import io
    import zipfile

    permit = await issued(running, "UPCHANGED")
    content = (await amr.get(f"/v1/licenses/{permit.license_id}/renditions/ofd")).content
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        entries = {name: package.read(name) for name in package.namelist()}
    page = "Doc_0/Pages/Page_0/Content.xml"
    entries[page] = entries[page].replace("坪山大道2007号".encode(), "坪山大道9999号".encode())
    answer = await asked(amr, zipped(entries))
    assert answer["origin"] == "names_license"
    assert not codes(answer)["seal"]


async def test_a_foreign_file_is_not_called_forged(amr: httpx.AsyncClient) -> None:
    answer = await asked(amr, ForeignOfd().built())
    assert (answer["origin"], answer["verification"]) == ("foreign", None)
    assert codes(answer) == {"rendition": False, "seal": True, "seal_register": False}
    sentences = "".join(each["sentence_zh"] for each in answer["checks"])
    assert f"盖有“{NAME}" in sentences
    assert "2025-03-08：此后未被改动" in sentences
    assert "伪造" not in sentences
    assert "Sealed by" in "".join(each["sentence_en"] for each in answer["checks"])
    assert codes(await asked(amr, a_signed_pdf())) == {"rendition": False, "seal": True, "seal_register": False}
    assert codes(await asked(amr, a_pdf())) == {"rendition": False, "seal": False}
    changed = replace(ForeignOfd(), changed_after={"Doc_0/Pages/Page_0/Content.xml": b"<a/>"})
    assert not codes(await asked(amr, changed.built()))["seal"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"hello", 422, "E_LICENSE_FILE_UNREADABLE"),
        (b"", 422, "E_LICENSE_FILE_UNREADABLE"),
        (b"PK\3\4 cut short", 422, "E_LICENSE_FILE_UNREADABLE"),
        (b"PK" + b"\0" * 10 * 1024 * 1024, 413, "E_LICENSE_FILE_TOO_LARGE"),
    ],
)
async def test_what_is_refused(amr: httpx.AsyncClient, content: bytes, status: int, code: str) -> None:
    answer = await amr.post("/v1/verifications/rendition", files={"file": ("x", content)}, data=PURPOSE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_purpose_is_asked_for(amr: httpx.AsyncClient) -> None:
    answer = await amr.post("/v1/verifications/rendition", files={"file": ("x", b"x")}, data={"purpose": " "})
    assert (answer.status_code, answer.json()["code"]) == (422, "PLATFORM_INVALID_REQUEST")


async def test_the_question_is_on_record(running: RunningService, amr: httpx.AsyncClient) -> None:
    import hashlib

    content = a_pdf(Title="某文件")
    await asked(amr, content)
    async with running.given.database.read() as tx:
        query = select(record.c.details).where(record.c.subject == hashlib.sha256(content).hexdigest())
        [details] = (await tx.execute(query)).scalars()
    assert details == {"origin": "foreign", "format": "pdf", "seals": 0, "purpose": "现场检查"}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_the_page(running: RunningService, language: str) -> None:
    words = {
        "zh-Hans": ("不能确认：请向颁发机构核实", "未经本平台确认"),
        "en": ("Cannot be confirmed", "is not confirmed here"),
    }
    async with running.pages(verifier("health")) as browser:
        await browser.get(f"/verify/file?language={language}")
        answer = await browser.upload("/verify/file", {"file": ("证照.ofd", ForeignOfd().built())}, **PURPOSE)
        assert answer.status_code == 200
        assert all(each in answer.text for each in words[language])
        refused = await browser.upload("/verify/file", {"file": ("x.pdf", b"hello")}, **PURPOSE)
        assert refused.status_code == 422
        assert 'href="#file"' in refused.text
        assert "现场检查" in refused.text
