"""Table of imports of staff from sheets."""

from pingshan_kit.storage.tables import encrypted
from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from pingshan_identity.store.tables.base import MOMENT, metadata

person_import = Table(
    "person_import",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.code")),
    Column("uploaded_by", Uuid, ForeignKey("person.person_id"), nullable=False),
    Column("uploaded_at", MOMENT, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sheet_encrypted", LargeBinary, nullable=False, info=encrypted("{import_id}")),
    Column("rows", Integer, nullable=False),
    Column("wrong_rows", Integer, nullable=False),
    Column("ordered_at", MOMENT),
    Column("applied_at", MOMENT),
    Column(
        "passwords_encrypted",
        LargeBinary,
        info=encrypted("{import_id}"),
        comment="initial passwords, until they are fetched once",
    ),
    Column("discarded_at", MOMENT),
    Index("ix_person_import_uploaded_at", "uploaded_at"),
)
