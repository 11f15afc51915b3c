"""Makes `.venv` with everything in requirements.lock and our own packages; nothing to do where that is done.

It runs on a bare Python, so it uses the standard library only. It gets `uv` (which installs) by the first way that
works: the pip inside a fresh virtual environment, the system's pip into a folder of its own, or, where Python came
without either (Debian's without python3-venv and python3-pip), uv's wheel straight from the package index.
"""

import hashlib
import json
import os
import platform
import shutil
import ssl
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
UV_FOLDER = VENV / "uv"
STAMP = VENV / "made-from"
PACKAGES = ("libs/contracts", "libs/kit", "libs/values", "libs/ui", "simulators", "tools")


class EnvironmentFailure(Exception):
    """The environment cannot be made; the message says what to do."""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one shall read why it does not work
        raise EnvironmentFailure(
            f"Smart Pingshan needs Python 3.11 or newer; {sys.executable} is {platform.python_version()}. "
            "Install a newer one and run: make up PYTHON=python3.12"
        )
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted and (VENV / "bin" / "python").exists():
        return
    make_virtual_environment()
    uv = find_uv()
    say("installs what requirements.lock names")
    run([*uv, "pip", "sync", "--quiet", "--python", str(VENV / "bin" / "python"), str(ROOT / "requirements.lock")])
    say("installs our own packages, editable")
    editable = [part for folder in own_packages() for part in ("-e", str(folder))]
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--python", str(VENV / "bin" / "python")]
    run([*uv, "pip", "install", *options, *editable])
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """Of everything that decides what is installed."""
    digest = hashlib.sha256(f"{ROOT} {platform.python_version()}".encode())
    for file in (ROOT / "requirements.lock", *(folder / "pyproject.toml" for folder in own_packages())):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def own_packages() -> list[Path]:
    return [ROOT / folder for folder in PACKAGES] + sorted(
        path.parent for path in ROOT.glob("services/*/pyproject.toml")
    )


def make_virtual_environment() -> None:
    """Without pip where Python came without `ensurepip`: uv needs none."""
    if (VENV / "bin" / "python").exists():
        return
    say(f"makes {VENV}")
    shutil.rmtree(VENV, ignore_errors=True)
    if succeeds([sys.executable, "-c", "import venv"]):
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    elif uv := shutil.which("uv"):
        run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    else:
        raise EnvironmentFailure(
            f"{sys.executable} has no venv module. On Debian or Ubuntu: sudo apt install python3-venv; then `make up`."
        )


def find_uv() -> list[str]:
    own = UV_FOLDER / "bin" / "uv"
    if own.exists() and succeeds([str(own), "--version"]):
        return [str(own)]
    say("gets uv")
    ways = (uv_by_system_pip, uv_by_ensured_pip, uv_by_wheel)
    reasons = []
    for way in ways:
        reason = way()
        if not reason and own.exists():
            return [str(own)]
        reasons.append(f"- {way.__doc__}: {reason or 'it brought no program'}")
    if found := shutil.which("uv"):
        return [found]
    raise EnvironmentFailure(
        "uv could not be installed:\n" + "\n".join(reasons) + "\nIs the package index reachable? Behind a mirror, set "
        "PIP_INDEX_URL. On Debian or Ubuntu, `sudo apt install python3-venv python3-pip` gives the usual ways."
    )


def uv_by_system_pip() -> str:
    """the system's pip, into a folder of its own (PEP 668 forbids it only the system's folders)"""
    return pip_install([sys.executable, "-m", "pip"])


def uv_by_ensured_pip() -> str:
    """pip from ensurepip"""
    python = str(VENV / "bin" / "python")
    if not succeeds([python, "-m", "ensurepip"]):
        return "this Python has no ensurepip (Debian: python3-venv)"
    return pip_install([python, "-m", "pip"])


def pip_install(pip: list[str]) -> str:
    done = subprocess.run(
        [*pip, "install", "--quiet", "--upgrade", "--target", str(UV_FOLDER), "uv"],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def uv_by_wheel() -> str:
    """uv's wheel from the package index of PIP_INDEX_URL, checked against the index's own hash"""
    index = os.environ.get("PIP_INDEX_URL")
    if not index:
        return "PIP_INDEX_URL is not set"
    page = index.rstrip("/") + "/uv/"
    machine = {"aarch64": "aarch64", "arm64": "aarch64"}.get(platform.machine(), "x86_64")
    try:
        listing = json.loads(fetch(page, {"Accept": "application/vnd.pypi.simple.v1+json"}))
        fitting = [file for file in listing["files"] if fits(file["filename"], machine)]
        chosen = max(fitting, key=lambda file: version(file["filename"]))
        wheel = fetch(urljoin(page, chosen["url"]), {})
    except (URLError, OSError, ValueError, KeyError, IndexError) as error:
        return f"{page}: {error}"
    if hashlib.sha256(wheel).hexdigest() != chosen["hashes"]["sha256"]:
        return f"{chosen['filename']} does not have the hash that the index names"
    unpack(wheel)
    return ""


def version(filename: str) -> tuple[int, ...]:
    return tuple(int(part) for part in filename.split("-")[1].split(".") if part.isdigit())


def fits(filename: str, machine: str) -> bool:
    return filename.endswith(".whl") and "manylinux" in filename and filename.endswith(f"{machine}.whl")


def fetch(url: str, headers: dict[str, str]) -> bytes:
    if not url.startswith("https://"):
        raise ValueError("only https is followed")
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - checked above
    context = ssl.create_default_context()
    with urllib.request.urlopen(request, timeout=120, context=context) as answer:  # noqa: S310 - checked above
        content: bytes = answer.read()
        return content


def unpack(wheel: bytes) -> None:
    (UV_FOLDER / "bin").mkdir(parents=True, exist_ok=True)
    archive = UV_FOLDER / "uv.whl"
    archive.write_bytes(wheel)
    with zipfile.ZipFile(archive) as files:
        name = next(name for name in files.namelist() if name.endswith(".data/scripts/uv"))
        (UV_FOLDER / "bin" / "uv").write_bytes(files.read(name))
    (UV_FOLDER / "bin" / "uv").chmod(0o755)
    archive.unlink()


def run(command: list[str]) -> None:
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        raise EnvironmentFailure(f"This command failed, and said why above: {' '.join(command[:6])} …")


def succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def say(text: str) -> None:
    print(f"environment: {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except EnvironmentFailure as failure:
        sys.exit(str(failure))
