"""Node.js for what is written for it: a folder with its `package.json` and lock file."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def node_for(folder: Path) -> str:
    """The program, once what the folder's lock file names is installed; skips where there is none, fails in CI."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        if os.environ.get("CI"):
            pytest.fail("node and npm are missing: .ci/run installs them")
        pytest.skip("needs Node.js and npm (Debian: nodejs npm)")
    installed = folder / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, timeout=120)
    return program
