"""Declares what is heard first and thought about afterwards."""

from pingshan_kit.intake import IntakeKind

ACCOUNTING = IntakeKind("accounting", most=1_000)
"""Accounting-Requests; key: the session's id, of Accounting-On and -Off the controller's."""
EFFECT_SECONDS = 0.5
"""Longest time for which a device that asks waits for what its controller has reported."""
