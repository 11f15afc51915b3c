"""The metadata of e-license's tables, and types that they share."""

from pingshan_kit.storage.tables import NAMING, kit_tables
from sqlalchemy import DateTime, MetaData

metadata = MetaData(naming_convention=NAMING)
kit_tables(metadata)

MOMENT = DateTime(timezone=True)
"""The type of instants: UTC, with their offset."""
