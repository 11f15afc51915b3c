"""Deterministic Temporal code: no I/O, no clock of its own, imports `domain` only."""
