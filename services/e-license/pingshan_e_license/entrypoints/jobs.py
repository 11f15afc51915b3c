"""Runs what is done from time to time."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from pingshan_kit.jobs import Periodic

from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.number_verifications import number_verifications


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    return [Periodic("number-verifications", timedelta(seconds=2), partial(_number_verifications, deps))]


async def _number_verifications(deps: Dependencies) -> None:
    await number_verifications(deps)
