"""Two services behind Debian's nginx with a private authority, configured by docs/how-to/https.md as it stands."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pingshan_tools.addresses import Ports
from pingshan_tools.demo.stage import Stage
from pingshan_tools.process import answers

from tests.support.running import RunningPlatform
from tests.support.servers import PortBases, free_port, until, wait_for

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "https.md"
AROUND = """
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{written}
}}
"""


@dataclass(frozen=True)
class Front:
    platform: RunningPlatform
    authority: Path
    origins: dict[str, str]

    @property
    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def client(self, service: str) -> httpx.Client:
        return httpx.Client(base_url=self.origins[service], verify=self.trusting, trust_env=False, timeout=20)


def block(language: str, holding: str) -> str:
    """The how-to's block of that language which holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    [found] = [each for each in blocks if holding in each]
    return str(found)


def certificates(folder: Path) -> Path:
    """The folder that the how-to's commands fill; they are run as they stand, elsewhere and for localhost."""
    commands = block("sh", "openssl req -x509").replace("/etc/pingshan/tls", str(folder))
    commands = commands.replace("identity.pingshan.example", "localhost")
    subprocess.run(["bash", "-euc", commands], check=True, capture_output=True, text=True, cwd=folder.parent)
    return folder


def configuration(folder: Path, ports: Ports, listening: dict[str, int]) -> Path:
    """The how-to's configuration; services have ports instead of names, of which a test has one only."""
    written = block("nginx", "proxy_pass").replace("/etc/pingshan/tls", str(folder / "tls"))
    written = written.replace("map $host", "map $server_port").replace(
        "identity.pingshan.example e-lic", "localhost e-lic"
    )
    for service, port in listening.items():
        written = re.sub(rf"{service}\.pingshan\.example +127\S+;", f"{port} 127.0.0.1:{ports.http(service)};", written)
    written = re.sub(r"\S+\.pingshan\.example +127\S+;", "", written)
    ours = "\n".join(f"listen 127.0.0.1:{port} ssl http2;" for port in listening.values())
    written = written.replace("listen 443 ssl http2;", ours)
    written = written.replace("listen 443", f"listen 127.0.0.1:{free_port()}")
    written = written.replace("listen 80", f"listen 127.0.0.1:{free_port()}")
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(folder=folder, written=written))
    return file


@pytest.fixture(scope="module")
def front(run_folder: Path, port_bases: PortBases) -> Iterator[Front]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("needs Debian's nginx")
    folder, ports = run_folder / "https", port_bases.take()
    folder.mkdir(mode=0o711)
    authority = certificates(folder / "tls") / "ca.pem"
    listening = {"identity": free_port(), "e-license": free_port()}
    origins = {service: f"https://localhost:{port}" for service, port in listening.items()}
    settings = {"PINGSHAN_SERVICES": ",".join(listening)}
    for service, origin in origins.items():
        prefix = f"PINGSHAN_{service.replace('-', '_').upper()}"
        settings[f"{prefix}_PUBLIC_URL"] = origin
        settings[f"{prefix}_TRUSTED_PROXIES"] = "127.0.0.1/32"
        settings[f"{prefix}_OUTGOING_CA_FILE"] = str(authority)
    platform = RunningPlatform(folder / "platform", ports, settings=settings)
    proxy = subprocess.Popen([nginx, "-c", str(configuration(folder, ports, listening)), "-p", str(folder)])
    try:
        until(lambda: wait_for(answers("127.0.0.1", listening["identity"])), seconds=10)
        platform.command("up")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**settings, "SSL_CERT_FILE": str(authority)}.items():
                patch.setenv(name, value)
            yield Front(platform, authority, origins)
    finally:
        platform.command("down")
        proxy.terminate()
        proxy.wait(10)


def test_the_issuer_is_where_browsers_see_it(front: Front) -> None:
    with front.client("identity") as client:
        metadata = client.get("/.well-known/openid-configuration").json()
    issuer = front.origins["identity"]
    assert metadata["issuer"] == issuer
    assert all(
        value.startswith(f"{issuer}/") for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))
    )


def test_cookies_and_headers_are_those_of_tls(front: Front) -> None:
    with front.client("identity") as client:
        answer = client.get("/sign-in", headers={"Accept": "text/html"})
    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
    assert "content-encoding" not in answer.headers
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all("Secure" in cookie and "Path=/" in cookie for cookie in cookies)


def test_a_form_of_another_origin_is_refused(front: Front) -> None:
    with front.client("identity") as client:
        client.get("/sign-in", headers={"Accept": "text/html"})
        answer = client.post(
            "/sign-in", data={"login": "x", "password": "x"}, headers={"Origin": front.platform.url("identity")}
        )
    assert answer.status_code == 403


def test_a_person_signs_in_at_a_service_through_both(front: Front) -> None:
    """Forms, redirects between the two origins, and the service's own calls to the issuer's address."""
    stage = Stage("https", front.platform.ports, front.platform.places, print)
    page = stage.open("amr01", "e-license", "/")
    assert page.status == 200
    assert page.url.startswith(front.origins["e-license"])


def test_who_is_the_client_is_what_the_proxy_saw(front: Front) -> None:
    """What a client says of its own address is thrown away, and the platform prints where people find it."""
    assert front.origins["identity"] in front.platform.command("up")
    written = block("nginx", "proxy_pass")
    assert re.search(r"X-Forwarded-For +\$remote_addr;", written)
    assert "$proxy_add_x_forwarded_for" not in written


def test_browsers_get_http_2(front: Front) -> None:
    context = front.trusting
    context.set_alpn_protocols(["h2", "http/1.1"])
    port = int(front.origins["identity"].rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"


def test_a_long_request_is_answered(front: Front) -> None:
    """Its address is longer than nginx's own limit, and the redirect that carries it on as well."""
    with front.client("identity") as client:
        answer = client.get("/authorize", params={"client_id": "nobody", "claims": "x" * 12_000})
    assert answer.status_code == 400
    assert "nginx" not in answer.text
