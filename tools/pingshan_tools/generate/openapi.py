"""The OpenAPI document of every service, as the service itself prints it."""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pingshan_tools import secret_files
from pingshan_tools.addresses import Addresses, Ports, environment, fields, package_name
from pingshan_tools.edges import SERVICES
from pingshan_tools.generate.files import Files
from pingshan_tools.process import ProgramError, inherited

FOLDER = Path("docs/reference/openapi")


def files() -> Files:
    """Returns the documents of all services. Raises ProgramError where a service cannot print its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        addresses = _nowhere(Path(folder))
        documents = list(pool.map(lambda service: _document(service, addresses), SERVICES))
    return {FOLDER / f"{service}.json": document for service, document in zip(SERVICES, documents, strict=True)}


def _nowhere(folder: Path) -> Addresses:
    """Returns complete addresses that nothing reaches: the document is printed without a database."""
    secret_files.make(folder / "secrets", folder / "service_jwks.json")
    nobody = "127.0.0.1:1"
    return Addresses(Ports(), folder / "secrets", folder / "service_jwks.json", nobody, f"nats://{nobody}", nobody)


def _document(service: str, addresses: Addresses) -> str:
    done = subprocess.run(
        [sys.executable, "-m", package_name(service), "openapi"],
        env=inherited() | environment(service, fields(service, addresses)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"{service} cannot print its OpenAPI document:\n{done.stderr}")
    return done.stdout
