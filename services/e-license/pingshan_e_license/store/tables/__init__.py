"""Tables of e-license, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_e_license.store.tables.base import metadata
from pingshan_e_license.store.tables.catalogue import license_type
from pingshan_e_license.store.tables.life_cycle import license_, license_transition
from pingshan_e_license.store.tables.sharing import (
    consent,
    data_use,
    data_use_counter,
    holder_answer_count,
    kept_answer,
    sharing_count,
    sharing_item,
    verification_cursor,
)

__all__ = [
    "consent",
    "data_use",
    "data_use_counter",
    "holder_answer_count",
    "kept_answer",
    "license_",
    "license_transition",
    "license_type",
    "metadata",
    "sharing_count",
    "sharing_item",
    "verification_cursor",
]
