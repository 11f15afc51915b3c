"""A service imports what takes long, and not every process needs, when it needs it."""

import json
import subprocess
import sys

from pingshan_tools.addresses import package_name
from pingshan_tools.edges import SERVICES

WHEN_NEEDED = {"alembic", "grpc_reflection.v1alpha", "openpyxl", "opentelemetry.exporter.otlp"}

_IMPORTED = """
import gc, importlib, json, sys
for package in sys.argv[1:]:
    importlib.import_module(f"{package}.__main__")
print(json.dumps([gc.isenabled(), list(sys.modules)]))
"""


def test_a_command_starts_without_what_others_need_and_without_collecting_garbage() -> None:
    argv = [sys.executable, "-c", _IMPORTED, *map(package_name, SERVICES)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    collecting, imported = json.loads(done.stdout)
    assert not WHEN_NEEDED & set(imported)
    assert not collecting
