"""`python -m pingshan_tools.contracts`: every RPC says whether it may be repeated; buf lints proto/ and compares it.

buf comes from npm, pinned in tools/buf, and compares with the last release; where there is no npm, that is said and
buf is left out.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from pingshan_kit.rpc.methods import methods_of
from rich.console import Console

from pingshan_tools.edges import ROOT

_FOLDER = ROOT / "tools" / "buf"
_BUF = _FOLDER / "node_modules" / ".bin" / "buf"
_RULES = {
    MethodOptions.NO_SIDE_EFFECTS: "a read takes no request_id",
    MethodOptions.IDEMPOTENT: "what is IDEMPOTENT takes a request_id, or stands in WITHOUT_REQUEST_ID with its reason",
    MethodOptions.IDEMPOTENCY_UNKNOWN: "say option idempotency_level, or why not in WITHOUT_REQUEST_ID",
}

WITHOUT_REQUEST_ID: Mapping[str, str] = {
    "pingshan.e_license.v1.LicenseService/RevealLicense": "each try is recorded as one more look",
    "pingshan.e_license.v1.VerificationService/VerifyLicense": "each try is recorded as one more use",
    "pingshan.e_license.v1.VerificationService/VerifyLicenses": "each try is recorded as one more use of each",
    "pingshan.identity.v1.TokenService/ExchangeToken": "each try makes a token and is recorded as one more exchange",
    "pingshan.workflow.v1.CaseService/RevealCase": "each try is recorded as one more look",
}
"""RPCs that change something and take no request_id, and why."""


def main() -> None:
    console = Console(soft_wrap=True)
    if found := list(broken_promises(all_methods())):
        console.print("\n".join(found), style="red")
        sys.exit(1)
    console.print("idempotency_level: clean")
    if not _install():
        console.print("[yellow]SKIPPED: buf lint and breaking check (no npm, or its registry cannot be reached)[/]")
        return
    _check(console, "lint")
    if release := _last_release():
        _check(console, "breaking", "--against", f".git#tag={release}")
    else:
        console.print("[yellow]SKIPPED: breaking check of proto/ (nothing is released yet)[/]")


def all_methods() -> list[MethodDescriptor]:
    """Returns all methods in proto/, as they were generated."""
    protos = ROOT / "proto"
    packages = sorted({path.parent.relative_to(protos) for path in protos.glob("pingshan/**/*.proto")})
    return [method for package in packages for method in methods_of(".".join(package.parts))]


def broken_promises(methods: Iterable[MethodDescriptor]) -> Iterator[str]:
    """Yields a sentence for each RPC whose idempotency_level and `request_id` contradict each other (AIP-155)."""
    for method in methods:
        name = f"{method.containing_service.full_name}/{method.name}"
        level = method.GetOptions().idempotency_level
        has_request_id = "request_id" in method.input_type.fields_by_name
        listed = name in WITHOUT_REQUEST_ID
        sound = {
            MethodOptions.NO_SIDE_EFFECTS: not has_request_id,
            MethodOptions.IDEMPOTENT: has_request_id or listed,
            MethodOptions.IDEMPOTENCY_UNKNOWN: listed and not has_request_id,
        }
        if not sound[level]:
            yield f"{name}: {_RULES[level]}"


def _install() -> bool:
    if _BUF.exists():
        return True
    npm = shutil.which("npm")
    return bool(npm) and _run(str(npm), "ci", "--prefix", str(_FOLDER), "--no-audit", "--no-fund", "--silent")


def _check(console: Console, *arguments: str) -> None:
    if not _run(str(_BUF), *arguments):
        console.print(f"[red]buf {arguments[0]} found something[/]")
        sys.exit(1)
    console.print(f"buf {arguments[0]}: clean")


def _last_release() -> str:
    listed = subprocess.run(
        ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"],  # noqa: S607 - whichever git is there
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip()


def _run(*command: str) -> bool:
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    main()
