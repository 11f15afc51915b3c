"""How long rows of e-license's own tables are kept, besides the kit's rules."""

from datetime import timedelta

from pingshan_kit.storage.housekeeping import Kept

from pingshan_e_license.store.tables import public_verification_budget

RETENTION = (Kept(public_verification_budget, "attempted_at", timedelta(days=1)),)
