"""Tables of e-license, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_e_license.store.tables.base import metadata
from pingshan_e_license.store.tables.catalogue import license_type
from pingshan_e_license.store.tables.issuing import bulk_issue, bulk_issue_row, issuer_key
from pingshan_e_license.store.tables.life_cycle import license_, license_flag, license_transition
from pingshan_e_license.store.tables.renditions import rendition
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
from pingshan_e_license.store.tables.transparency import (
    license_status,
    log_checkpoint,
    log_entry,
    log_leaf,
    log_node,
    log_pending,
    status_list,
)
from pingshan_e_license.store.tables.verification import public_verification_budget

__all__ = [
    "bulk_issue",
    "bulk_issue_row",
    "consent",
    "data_use",
    "data_use_counter",
    "holder_answer_count",
    "issuer_key",
    "kept_answer",
    "license_",
    "license_flag",
    "license_status",
    "license_transition",
    "license_type",
    "log_checkpoint",
    "log_entry",
    "log_leaf",
    "log_node",
    "log_pending",
    "metadata",
    "public_verification_budget",
    "rendition",
    "sharing_count",
    "sharing_item",
    "status_list",
    "verification_cursor",
]
