"""`python -m pingshan_tools.check`: lint, types and tests of what changed since the last commit.

`make test` remains what decides: the tests that need servers run here only where they themselves were changed.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pingshan_tools.edges import ROOT

_BIN = Path(sys.executable).parent
_LIBRARIES = ("kit", "ui", "values")
_OTHERS = {
    "docs": "tests/contract/docs",
    "proto": "tests/contract/snapshots",
    "libs/contracts": "tests/contract/snapshots",
    "deploy": "tests/contract/deploy",
}


def changed(root: Path = ROOT) -> list[Path]:
    """Returns the files that differ from the last commit, new ones too, deleted ones not."""
    listed = _git(root, "diff", "--name-only", "--diff-filter=d", "HEAD")
    listed += _git(root, "ls-files", "--others", "--exclude-standard")
    return sorted({Path(name) for name in listed})


def affected_tests(files: Iterable[Path]) -> list[str]:
    """Returns the tests for these files: themselves where they are tests, else the unit tests of their package."""
    return sorted({test for file in files for test in _affected(file)})


def _affected(file: Path) -> Iterator[str]:
    parts = file.parts
    if parts[0] == "tests":
        if file.name.startswith("test_") and file.suffix == ".py" and parts[1] != "load":
            yield str(file)
    elif parts[0] == "services" or (parts[0] == "libs" and parts[1] in _LIBRARIES):
        yield f"tests/unit/{parts[1]}"
    else:
        yield from (tests for folder, tests in _OTHERS.items() if file.is_relative_to(folder))
    if file.suffix == ".md":
        yield _OTHERS["docs"]


def commands(files: list[Path], packages: list[str]) -> Iterator[list[str]]:
    """Yields command lines in the order in which they run; each ends the check where it fails."""
    python = [str(file) for file in files if file.suffix in {".py", ".pyi"}]
    if python:
        yield ["ruff", "check", "--force-exclude", *python]
        yield ["ruff", "format", "--check", "--force-exclude", *python]
        yield ["mypy", *packages]
        yield ["lint-imports"]
    yield ["python", "-m", "pingshan_tools.sizes"]
    if tests := affected_tests(files):
        yield ["pytest", "-q", "-x", *tests]


def main() -> None:
    files = changed()
    for name, *arguments in commands(files, sys.argv[1:]):
        print("check:", name, *arguments[:1], flush=True)
        done = subprocess.run([str(_BIN / name), *arguments], cwd=ROOT, check=False)
        if done.returncode:
            sys.exit(done.returncode)


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.splitlines()


if __name__ == "__main__":
    main()
