"""Periodic jobs of e-license, and how often each runs."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from pingshan_kit.jobs import Periodic

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.issuing.rotate_issuer_keys import rotate_issuer_keys


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    """Returns what runs by itself."""
    return (Periodic("rotate-issuer-keys", timedelta(days=1), partial(rotate_issuer_keys, deps)),)
