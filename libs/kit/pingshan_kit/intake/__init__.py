"""Inputs that are heard first and thought about afterwards: stored before the answer, applied in groups.

Why so: docs/adr/0010-intake.md. `runner` belongs to the process alone, so it is not named here.
"""

from pingshan_kit.intake.hearing import Intake
from pingshan_kit.intake.kinds import Heard, IntakeHandler, IntakeKind, Word

__all__ = ["Heard", "Intake", "IntakeHandler", "IntakeKind", "Word"]
