"""Secrets made at the first seed: JSON by section and name, readable by the owner only."""

import json
import os
from pathlib import Path


class SecretFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._sections: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def get(self, section: str, name: str) -> str | None:
        return self._sections.get(section, {}).get(name)

    def put(self, section: str, name: str, secret: str) -> None:
        self._sections.setdefault(section, {})[name] = secret

    def save(self) -> None:
        """Written aside and renamed: a kill leaves the old file or the new one."""
        new = self._path.with_name(f"{self._path.name}.new")
        new.touch(mode=0o600)
        with new.open("w", encoding="utf-8") as file:
            json.dump(self._sections, file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
