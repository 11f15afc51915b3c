"""All that `make generate` writes."""

import subprocess
import sys
from pathlib import Path

from pingshan_tools.edges import load
from pingshan_tools.generate import contracts, edges_module, edges_page, events, network_policies, openapi
from pingshan_tools.generate.files import Files


def files() -> Files:
    """Returns all generated files. Raises ProgramError."""
    return code() | dict(events.files()) | dict(openapi.files())


def code() -> dict[Path, str]:
    """Returns the files that services import, which must be there before a service can say what its API is."""
    return from_edges() | dict(contracts.files())


def from_edges() -> dict[Path, str]:
    edges = load()
    return {
        Path("libs/contracts/pingshan_events/edges.py"): _formatted(edges_module.render(edges)),
        Path("docs/reference/edges.md"): edges_page.render(edges),
        Path("deploy/k8s/base/network-policies.yaml"): network_policies.render(edges),
    }


def _formatted(code: str) -> str:
    ruff = str(Path(sys.executable).with_name("ruff"))
    arguments = [ruff, "format", "--stdin-filename", "libs/contracts/pingshan_events/edges.py", "-"]
    return subprocess.run(arguments, input=code, capture_output=True, text=True, check=True).stdout
