"""Tables of e-license, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_e_license.store.tables.base import metadata
from pingshan_e_license.store.tables.catalogue import license_type
from pingshan_e_license.store.tables.life_cycle import license_, license_transition
from pingshan_e_license.store.tables.renditions import rendition

__all__ = [
    "license_",
    "license_transition",
    "license_type",
    "metadata",
    "rendition",
]
