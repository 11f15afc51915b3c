"""Deterministic Temporal code, which does no I/O, has no clock of its own and imports `domain` only."""
