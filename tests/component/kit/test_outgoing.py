"""Calls to the outside, against real servers: how long, how large, along which way, and whose certificate."""

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pingshan_kit.outgoing import CallFailed, Outgoing, Resolve, json_of, resolve
from pingshan_kit.settings import ServiceSettings
from pingshan_values.outside_address import AddressRefused, AddressUnknown, Trusted, outside_address
from pydantic import ValidationError

from tests.support.kit.service import ELicense
from tests.support.platform import TestPlatform
from tests.support.servers import free_port

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
HINT = b"HTTP/1.1 103 Early Hints\r\n\r\n"
CHUNKED, PIECE = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"
NAME = "receiver.district.example"


@asynccontextmanager
async def server(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server that gives one answer to everything, and the requests that it got."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as listening:
        yield listening.sockets[0].getsockname()[1], requests


def names(*answers: list[str]) -> Resolve:
    """A resolver that gives another answer every time."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> list[str]:
        if not (found := left.pop(0)):
            raise OSError
        return found

    return resolve


class Authority:
    """A private certificate authority, and a server's certificate of it."""

    def __init__(self, folder: Path, *, days: tuple[int, int] = (-1, 1)) -> None:
        """`days`: from and until when the server's certificate is valid, from today."""
        self.file = folder / "authority.pem"
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "区")])
        constraint = x509.BasicConstraints(ca=True, path_length=0)
        own = self._builder(name, name, key).add_extension(constraint, critical=True)
        self.file.write_bytes(own.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        server_key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        alternative = x509.SubjectAlternativeName([x509.DNSName(NAME)])
        certificate = self._builder(subject, name, server_key, days).add_extension(alternative, critical=False)
        chain = folder / "server.pem"
        chain.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(chain)

    @staticmethod
    def _builder(
        subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int] = (-1, 1)
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now + timedelta(days=days[0])).not_valid_after(now + timedelta(days=days[1]))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def failure(outgoing: Outgoing, address: str) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        await outgoing.call("POST", address, data={"a": "b"})
    return failed.value


async def test_an_own_authority_is_trusted_where_the_setting_names_it(authority: Authority) -> None:
    async with server(OK, authority.tls) as (port, requests):
        address = outside_address(f"https://{NAME}:{port}/hook", Trusted.of({"127.0.0.0/8"}))
        trusting = Outgoing(authority.file, resolve=names(["127.0.0.1"]))
        assert (await trusting.call("POST", address, content=b"{}")).text == "ok"
        assert f"host: {NAME}:{port}".encode() in requests[0].lower()
        with pytest.raises(CallFailed) as failed:
            await Outgoing(resolve=names(["127.0.0.1"])).call("POST", address, content=b"{}")
        assert (failed.value.code, failed.value.sent, len(requests)) == ("TLS_AUTHORITY", False, 1)


async def test_an_own_authority_vouches_for_no_other_name(authority: Authority) -> None:
    async with server(OK, authority.tls) as (port, _):
        other = outside_address(f"https://other.district.example:{port}/", Trusted.of({"127.0.0.0/8"}))
        with pytest.raises(CallFailed, match=r"^TLS_NAME$"):
            await Outgoing(authority.file, resolve=names(["127.0.0.1"])).call("GET", other)
        literal = outside_address(f"https://127.0.0.1:{port}/", Trusted.of({"127.0.0.0/8"}))
        with pytest.raises(CallFailed, match=r"^TLS_NAME$"):
            await Outgoing(authority.file, resolve=names(["127.0.0.1"])).call("GET", literal)


@pytest.mark.parametrize(("days", "code"), [((-9, -1), "TLS_EXPIRED"), ((1, 9), "TLS_NOT_YET_VALID")])
async def test_a_certificate_of_another_time_is_named_so(tmp_path: Path, days: tuple[int, int], code: str) -> None:
    authority = Authority(tmp_path, days=days)
    async with server(OK, authority.tls) as (port, _):
        address = outside_address(f"https://{NAME}:{port}/", Trusted.of({"127.0.0.0/8"}))
        with pytest.raises(CallFailed, match=f"^{code}$"):
            await Outgoing(authority.file, resolve=names(["127.0.0.1"])).call("GET", address)


async def test_a_server_that_speaks_no_tls_is_no_matter_of_its_certificate() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        address = outside_address(f"https://{NAME}:{port}/", Trusted.of({"127.0.0.0/8"}))
        with pytest.raises(CallFailed, match=r"^TLS$"):
            await Outgoing(resolve=names(["127.0.0.1"])).call("GET", address)


def test_the_setting_names_a_file_of_certificates(
    platform: TestPlatform, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: ServiceSettings = platform.service("e-license", migrated=False).settings(ELicense)
    values = settings.model_dump()
    assert ELicense(**values | {"outgoing_ca_file": authority.file}).outgoing_ca_file == authority.file
    (tmp_path / "empty.pem").write_text("none")
    for wrong in (tmp_path / "empty.pem", tmp_path / "missing.pem"):
        with pytest.raises(ValidationError):
            ELicense(**values | {"outgoing_ca_file": wrong})
    monkeypatch.setenv("PINGSHAN_E_LICENSE_OUTGOING_TRUSTED", "localhost:1, 10.20.0.0/16")
    assert ELicense(**values | {"outgoing_trusted": "localhost:1, 10.20.0.0/16"}).trusted.has_place("localhost", 1)
    with pytest.raises(ValidationError):
        ELicense(**values | {"outgoing_trusted": "10.20.0.1/16"})


async def test_a_file_of_authorities_that_is_gone_is_a_failed_call_until_it_is_back(
    authority: Authority, tmp_path: Path
) -> None:
    """It may be replaced between the start of the process, which checks it, and its first call."""
    file = tmp_path / "authority.pem"
    for content in (None, b"none", authority.file.read_bytes()[:-60]):
        if content is not None:
            file.write_bytes(content)
        failed = await failure(Outgoing(file), f"http://127.0.0.1:{free_port()}/")
        assert (failed.code, failed.sent) == ("TLS", False)
    async with server(OK, authority.tls) as (port, _):
        address = outside_address(f"https://{NAME}:{port}/", Trusted.of({"127.0.0.0/8"}))
        file.write_bytes(authority.file.read_bytes())
        assert (await Outgoing(file, resolve=names(["127.0.0.1"])).call("GET", address)).text == "ok"


async def test_a_name_that_leads_inside_at_the_call_is_not_called() -> None:
    async with server(OK) as (port, requests):
        address = outside_address(f"https://{NAME}:{port}/")
        rebinding = Outgoing(resolve=names(["93.184.215.14"], ["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], []))
        assert await rebinding.find(address) == ["93.184.215.14"]
        for _ in range(2):
            with pytest.raises(AddressRefused):
                await rebinding.call("POST", address)
        with pytest.raises(AddressUnknown):
            await rebinding.call("POST", address)
        assert not requests


async def test_the_next_address_is_tried_where_the_first_takes_no_connection(authority: Authority) -> None:
    async with server(OK, authority.tls) as (port, requests):
        address = outside_address(f"https://{NAME}:{port}/", Trusted.of({"127.0.0.0/8"}))
        await Outgoing(authority.file, resolve=names(["127.0.0.9", "127.0.0.1"])).call("POST", address)
        assert len(requests) == 1


async def test_a_redirect_is_an_answer() -> None:
    async with server(OK) as (inside, requests):
        moved = f"HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:{inside}/\r\ncontent-length: 0\r\n\r\n".encode()
        async with server(moved) as (port, _):
            assert (await Outgoing().call("GET", f"http://127.0.0.1:{port}/")).status_code == 307
        assert not requests


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n" + b"x" * 2000, "TOO_LARGE"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000, "TOO_LARGE"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 10**6), "BROKEN_ANSWER"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx", "BROKEN_ANSWER"),
        (b"nonsense\r\n\r\n", "BROKEN_ANSWER"),
        (HINT * 10_000 + OK, "BROKEN_ANSWER"),
        (CHUNKED + PIECE * 5_000 + b"0\r\n\r\n", "TOO_LARGE"),
        (b"", "BROKEN_ANSWER"),
    ],
)
async def test_an_answer_that_is_none(answer: bytes, code: str) -> None:
    async with server(answer) as (port, requests):
        failed = await failure(
            Outgoing(most_bytes=1000 if len(answer) < 10_000 else 10**6), f"http://127.0.0.1:{port}/"
        )
        assert (failed.code, failed.sent, len(requests)) == (code, True, 1)
        assert b"accept-encoding: identity" in requests[0].lower()


async def test_an_answer_in_pieces_after_hints_is_read(authority: Authority) -> None:
    answer = HINT * 10 + CHUNKED + PIECE * 1_000 + b"0\r\n\r\n"
    async with server(answer) as (port, _):
        assert (await Outgoing().call("GET", f"http://127.0.0.1:{port}/")).text == "x" * 1_000
    async with server(answer, authority.tls) as (port, _):
        address = outside_address(f"https://{NAME}:{port}/", Trusted.of({"127.0.0.0/8"}))
        found = await Outgoing(authority.file, resolve=names(["127.0.0.1"])).call("GET", address)
        assert found.text == "x" * 1_000


async def test_an_answer_that_drips_ends_with_the_whole_call() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as listening:
        begun, port = monotonic(), listening.sockets[0].getsockname()[1]
        failed = await failure(Outgoing(total_seconds=0.3), f"http://127.0.0.1:{port}/")
    assert (failed.code, failed.sent) == ("TIMEOUT", True)
    assert 0.3 <= monotonic() - begun < 3


async def test_what_was_not_sent_says_so() -> None:
    for address in (f"http://127.0.0.1:{free_port()}/", "http://[", "ftp://127.0.0.1/"):
        failed = await failure(Outgoing(), address)
        assert (failed.code, failed.sent) == ("UNREACHABLE", False)


async def test_names_that_nobody_answers_for_hold_up_no_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def never_answers(*_: object, **__: object) -> list[object]:
        go_on.wait(10)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", never_answers)
    try:
        asked = [asyncio.create_task(resolve(f"{number}.example", 443)) for number in range(40)]
        await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.to_thread(int), 2)
    finally:
        go_on.set()
    assert {type(each) for each in await asyncio.gather(*asked, return_exceptions=True)} == {OSError}


async def test_names_of_other_strangers_are_resolved_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty names that nobody answers for, in the one; the other finds its own at once."""
    go_on = threading.Event()
    honest = socket.getaddrinfo

    def answers_for_one(host: str, *rest: Any, **named: Any) -> Any:
        if host == "honest.example":
            return honest("127.0.0.1", *rest, **named)
        go_on.wait(10)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", answers_for_one)
    outgoing = Outgoing()
    apart = outgoing.apart()
    everything = Trusted.of({"0.0.0.0/0", "::/0"})
    try:
        addresses = [outside_address(f"https://{number}.example/", everything) for number in range(40)]
        asked = [asyncio.create_task(apart.find(address)) for address in addresses]
        await asyncio.sleep(0.1)
        found = await outgoing.find(outside_address("https://honest.example/", everything))
        assert found == ["127.0.0.1"]
    finally:
        go_on.set()
    await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.parametrize("name", ["xn--0.district.example", "xn--a", "xn--strae-oqa.example"])
async def test_a_name_in_another_script_is_called_as_it_was_registered(authority: Authority, name: str) -> None:
    """Also one that no script has: whoever chose it gets no answer, and breaks nothing."""
    async with server(OK, authority.tls) as (port, _):
        address = outside_address(f"https://{name}:{port}/", Trusted.of({"127.0.0.0/8"}))
        with pytest.raises(CallFailed, match="TLS"):
            await Outgoing(authority.file, resolve=names(["127.0.0.1"])).call("GET", address)


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"code": "\\ud800"}', b'{"code": "\\u0000"}', b'{"a": NaN}', b"\xff", b"[1" + b",1" * 40_000],
)
async def test_an_answer_in_json_is_read_as_strictly_as_a_request(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever kind of it
        json_of(httpx.Response(200, content=content))
    assert json_of(httpx.Response(200, content=b'{"code": 1}')) == {"code": 1}
