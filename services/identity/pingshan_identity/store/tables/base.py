"""What every module of tables stands on."""

from pingshan_kit.storage.tables import NAMING, kit_tables
from sqlalchemy import DateTime, MetaData

metadata = MetaData(naming_convention=NAMING)
kit_tables(metadata)

MOMENT = DateTime(timezone=True)
