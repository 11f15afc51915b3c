"""Generated files: all of them are made in memory, then written, or compared with what is there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pingshan_tools.edges import ROOT

Files = Mapping[Path, str]
"""Path below the repository → text."""

_WHOLLY_GENERATED = (
    ("libs/contracts/pingshan", "*_pb2*.py"),
    ("libs/contracts/pingshan", "*_pb2*.pyi"),
    ("tests/contract/snapshots/events", "*.json"),
    ("docs/reference/openapi", "*.json"),
)


@dataclass(frozen=True)
class Difference:
    path: Path
    reason: str


def write(files: Files, root: Path = ROOT) -> list[Path]:
    """Writes what differs and removes what nobody generates any more; returns the paths that changed."""
    superfluous = [path for path in _existing(root) if path not in files]
    for path in superfluous:
        (root / path).unlink()
    return [*put(files, root), *superfluous]


def put(files: Files, root: Path = ROOT) -> list[Path]:
    """Writes what differs; returns the paths that changed."""
    changed = [path for path, text in files.items() if _read(root / path) != text]
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(files[path], "utf-8")
    return changed


def differences(files: Files, root: Path = ROOT) -> list[Difference]:
    found = [Difference(path, _reason(root / path)) for path, text in files.items() if _read(root / path) != text]
    return found + [Difference(path, "is no longer generated") for path in _existing(root) if path not in files]


def _reason(path: Path) -> str:
    return "is not what make generate writes" if path.exists() else "is missing"


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _existing(root: Path) -> list[Path]:
    return [path.relative_to(root) for folder, names in _WHOLLY_GENERATED for path in (root / folder).rglob(names)]
