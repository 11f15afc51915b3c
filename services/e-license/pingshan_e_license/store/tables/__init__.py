"""Tables of e-license, beside the kit's. Columns marked `encrypted` hold personal data."""

from pingshan_e_license.store.tables.base import metadata
from pingshan_e_license.store.tables.catalogue import license_type
from pingshan_e_license.store.tables.issuing import issuer_key
from pingshan_e_license.store.tables.life_cycle import license_, license_transition
from pingshan_e_license.store.tables.verification import public_verification_budget

__all__ = [
    "issuer_key",
    "license_",
    "license_transition",
    "license_type",
    "metadata",
    "public_verification_budget",
]
