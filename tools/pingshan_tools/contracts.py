"""`python -m pingshan_tools.contracts`: buf lints proto/ and compares it with the last release.

buf comes from npm, pinned in tools/buf; where there is no npm, that is said and nothing is checked.
"""

import shutil
import subprocess
import sys

from rich.console import Console

from pingshan_tools.edges import ROOT

_FOLDER = ROOT / "tools" / "buf"
_BUF = _FOLDER / "node_modules" / ".bin" / "buf"


def main() -> None:
    console = Console(soft_wrap=True)
    if not _install():
        console.print("[yellow]SKIPPED: buf lint and breaking check (no npm, or its registry cannot be reached)[/]")
        return
    _check(console, "lint")
    if release := _last_release():
        _check(console, "breaking", "--against", f".git#tag={release}")
    else:
        console.print("[yellow]SKIPPED: breaking check of proto/ (nothing is released yet)[/]")


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
