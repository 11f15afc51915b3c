"""`python -m pingshan_tools.sizes`: no file over 400 lines, no function over 60; generated code and data apart."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from pingshan_tools.edges import ROOT

FILE_LIMIT = 400
FUNCTION_LIMIT = 60
_SOURCES = (".py", ".js", ".css", ".html", ".yaml", ".yml", ".proto", ".md", ".sh")
_APART = (
    "libs/contracts/pingshan/",
    "libs/contracts/pingshan_events/edges.py",
    "deploy/k8s/base/network-policies.yaml",
    "docs/reference/",
    "tools/buf/",
)
_VENDORED = ".min."


def findings(root: Path = ROOT) -> Iterator[str]:
    for path in sources(root):
        text = (root / path).read_text("utf-8")
        lines = text.count("\n")
        if lines > FILE_LIMIT:
            yield f"{path}: {lines} lines; at most {FILE_LIMIT}"
        if path.suffix == ".py":
            yield from (
                f"{path}:{line}: {name} has {length} lines; at most {FUNCTION_LIMIT}"
                for name, line, length in functions(text)
                if length > FUNCTION_LIMIT
            )


def sources(root: Path) -> Iterator[Path]:
    """Yields tracked and new files, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git is there
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        path = Path(name)
        if path.suffix in _SOURCES and not name.startswith(_APART) and _VENDORED not in name and (root / path).exists():
            yield path


def functions(text: str) -> Iterator[tuple[str, int, int]]:
    """Yields name, first line and length in lines of every function."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def main() -> None:
    found = list(findings())
    python = [path for path in sources(ROOT) if path.suffix == ".py"]
    lengths = [length for path in python for _, _, length in functions((ROOT / path).read_text("utf-8"))]
    for finding in found:
        print(finding)
    figures = f"{len(lengths)} functions, median {median(lengths):.0f} lines, longest {max(lengths)}"
    print(f"sizes: {len(python)} Python files, {figures}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
