"""The files of this folder."""

import json
from pathlib import Path
from typing import Any


def read(name: str) -> Any:
    return json.loads((Path(__file__).parent / name).read_text("utf-8"))
