import json
from pathlib import Path
from typing import Any

import pingshan_e_license
import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType

_SEED = Path(pingshan_e_license.__file__).parent / "seed"


@pytest.fixture(scope="session")
def catalogue() -> dict[str, LicenseType]:
    content: dict[str, Any] = json.loads((_SEED / "license_catalogue.json").read_text(encoding="utf-8"))
    return {each["code"]: LicenseType(each) for each in content["types"]}
