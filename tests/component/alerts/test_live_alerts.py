"""The database holds the same alerts for live as the rule: lists, counts, repeats and the unique index."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_alerts.domain.alert import AlertState, Draft
from pingshan_alerts.store import alerts
from pingshan_kit.storage.database import Database
from pingshan_values.level import Level

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
DRAFT = Draft(
    kind="pump_failed",
    source="api",
    title_zh="泵站停机",
    title_en="",
    level=Level.YELLOW,
    owners=("water",),
    street="",
    position=None,
    labels={},
    notifies_street=False,
)


@pytest.mark.parametrize("state", AlertState)
async def test_an_alert_is_live_in_the_database_as_long_as_by_the_rule(database: Database, state: AlertState) -> None:
    draft = replace(DRAFT, labels={"pump": f"live-{state}"})
    async with database.begin() as tx:
        before = await alerts.counts(tx)
        [(first, _)] = await alerts.count_or_add(tx, [(draft, 1)], NOW)
        changed = await alerts.change(
            tx,
            first.alert_id,
            NOW,
            state=state,
            acknowledged_at=None if state is AlertState.OPEN else NOW,
            resolved_at=NOW if state is AlertState.RESOLVED else None,
        )
        assert (changed.alert_id in {each.alert_id for each in await alerts.live(tx, 1000)}) is changed.is_live
        assert (await alerts.counts(tx))[Level.YELLOW] - before[Level.YELLOW] == changed.is_live
        [(again, level_before)] = await alerts.count_or_add(tx, [(draft, 1)], NOW)
        assert (level_before is not None) is changed.is_live
        assert (again.alert_id == first.alert_id) is changed.is_live
