"""Runs `python -m pingshan_workflow serve|migrate|seed|openapi`."""

import pingshan_kit.process.importing  # noqa: F401 - first: it stops the garbage collector meanwhile
from pingshan_kit.process.runner import main

from pingshan_workflow.seed import seed
from pingshan_workflow.service import build
from pingshan_workflow.settings import Settings

if __name__ == "__main__":
    main(build, Settings, seed)
