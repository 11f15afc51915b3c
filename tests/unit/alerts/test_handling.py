"""Who may answer an alert, and what a note may say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pingshan_alerts.domain.alert import (
    FIRST_STATE,
    Alert,
    AlertState,
    check_note,
    is_graver,
)
from pingshan_alerts.domain.errors import AlreadyResolved, NotARecipient, RequestInvalid
from pingshan_alerts.domain.routing import Channel
from pingshan_values.level import Level

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALERT = Alert(
    alert_id="GJ-2026-000001",
    version=1,
    kind="road_ponding",
    source="api",
    title_zh="道路积水",
    title_en="",
    level=Level.ORANGE,
    state=AlertState.OPEN,
    owners=("water",),
    street="",
    position=None,
    labels={"camera_id": "PS-CAM-001"},
    report_count=1,
    raised_at=NOW,
    seen_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize("state", [AlertState.OPEN, AlertState.ACKNOWLEDGED])
def test_a_live_alert_is_answered_by_who_was_notified(state: AlertState) -> None:
    alert = replace(ALERT, state=state)
    assert alert.is_live
    alert.check_answerable("water", ["fire", "water"])
    with pytest.raises(NotARecipient):
        alert.check_answerable("hall", ["fire", "water"])


def test_a_resolved_one_is_not_answered_and_tells_that_to_recipients_only() -> None:
    resolved = replace(ALERT, state=AlertState.RESOLVED)
    with pytest.raises(AlreadyResolved):
        resolved.check_answerable("water", ["water"])
    with pytest.raises(NotARecipient):
        resolved.check_answerable("hall", ["water"])


def test_the_chinese_title_stands_in_for_a_missing_one() -> None:
    assert ALERT.title.in_language("en") == "道路积水"
    assert replace(ALERT, title_en="Road ponding").title.in_language("en") == "Road ponding"


@pytest.mark.parametrize(
    "note", ["长" * 501, "\0", "\ud800", "已派\u202e泵车"], ids=["long", "nul", "surrogate", "turned"]
)
def test_note_refused(note: str) -> None:
    with pytest.raises(RequestInvalid):
        check_note(note)


def test_note_taken() -> None:
    check_note("")
    check_note("长" * 500)
    check_note("已派泵车，\r\n10 分钟到场。")


def test_red_is_graver_than_orange() -> None:
    assert is_graver(Level.RED, Level.ORANGE)
    assert not is_graver(Level.ORANGE, Level.ORANGE)
    assert not is_graver(Level.BLUE, Level.ORANGE)


def test_every_channel_has_a_first_state() -> None:
    assert set(FIRST_STATE) == set(Channel)
