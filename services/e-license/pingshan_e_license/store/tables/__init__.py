"""Tables of e-license, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_e_license.store.tables.base import metadata
from pingshan_e_license.store.tables.catalogue import license_type
from pingshan_e_license.store.tables.issuing import bulk_issue, bulk_issue_row
from pingshan_e_license.store.tables.life_cycle import license_, license_flag, license_transition

__all__ = [
    "bulk_issue",
    "bulk_issue_row",
    "license_",
    "license_flag",
    "license_transition",
    "license_type",
    "metadata",
]
