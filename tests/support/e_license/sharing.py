"""The sharing items of the seed."""

import json
from pathlib import Path

import pingshan_e_license
from pingshan_e_license.domain.sharing.item import SharingItem

_SEED = Path(pingshan_e_license.__file__).parent / "seed/sharing_items.json"
ITEMS = {each["code"]: SharingItem(each) for each in json.loads(_SEED.read_text("utf-8"))["items"]}
