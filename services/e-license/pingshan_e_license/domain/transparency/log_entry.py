"""Entries of the transparency log: acts that nobody may take back unseen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pingshan_values.log_proof import Opening, canonical, commitment, leaf_members
from pingshan_values.merkle import leaf_hash


class EntryKind(StrEnum):
    """Says what an entry is about. It stands in the leaf: never change one."""

    LICENSE_ISSUED = "license.issued"
    LICENSE_CHANGED = "license.changed"
    """Another standing, such as revoked or suspended."""
    LICENSE_USED = "license.used"
    """A use receipt."""
    KEY_CHANGED = "key.changed"
    """An issuer's key was published, replaced or withdrawn."""


@dataclass(frozen=True)
class LogEntry:
    """Holds what the log commits to."""

    entry_id: UUID
    kind: EntryKind
    commitment: bytes = field(repr=False)
    recorded_at: datetime

    @property
    def leaf(self) -> dict[str, str]:
        """Returns the members of the leaf, which tell nothing without the opening."""
        return leaf_members(
            entry_id=str(self.entry_id), kind=self.kind.value, committed=self.commitment, recorded_at=self.recorded_at
        )

    @property
    def leaf_hash(self) -> bytes:
        return leaf_hash(canonical(self.leaf))


@dataclass(frozen=True)
class NewEntry:
    """Names an act that enters the log."""

    kind: EntryKind
    subject: str
    """Id of what it is about, such as the licence's; it finds the entry and is never published."""
    content: Mapping[str, Any] = field(repr=False)
    """What happened, of texts, whole numbers, truth values, lists and objects; kept encrypted, and committed to."""

    def committed(self, entry_id: UUID, salt: bytes, recorded_at: datetime) -> tuple[LogEntry, Opening]:
        """Returns the entry and what opens it. Raises ValueError where the content has a number with a fraction."""
        entry = LogEntry(entry_id, self.kind, commitment(salt, self.content), recorded_at)
        return entry, Opening(salt, self.content)
