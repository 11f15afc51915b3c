"""Fingerprints, labels, titles, times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingshan_alerts.domain.alert import Draft, check_labels, check_titles
from pingshan_alerts.domain.detection import check_time, draft, measured
from pingshan_alerts.domain.errors import AlertInvalid, DetectionInvalid
from pingshan_alerts.store.seed_files import reference
from pingshan_values.level import Level
from pingshan_values.position import Position

NOW = datetime(2026, 6, 1, tzinfo=UTC)
labels = st.dictionaries(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20), min_size=1, max_size=6)


def _draft(names: dict[str, str], kind: str = "road_ponding", source: str = "video") -> Draft:
    return Draft(kind, source, "积水", "", Level.ORANGE, ("water",), "", None, names, notifies_street=False)


@given(names=labels)
def test_fingerprint_ignores_order_and_everything_but_kind_and_labels(names: dict[str, str]) -> None:
    one = _draft(names)
    other = replace(_draft(dict(reversed(names.items()))), title_zh="别的", level=Level.RED, owners=("fire",))
    assert one.fingerprint == other.fingerprint


@given(one=labels, other=labels)
def test_fingerprint_tells_labels_apart(one: dict[str, str], other: dict[str, str]) -> None:
    assert (_draft(one).fingerprint == _draft(other).fingerprint) == (one == other)


def test_fingerprint_tells_what_is_said_from_what_is_seen_and_whom_it_concerns() -> None:
    said = _draft({"a": "b"}, source="api")
    same = replace(said, title_zh="别的", level=Level.RED)
    others = (replace(said, owners=("fire",)), replace(said, street="street_maluan"), _draft({"a": "b"}))
    assert said.fingerprint == same.fingerprint
    assert len({said.fingerprint, *(each.fingerprint for each in others)}) == 4


def test_fingerprint_tells_kinds_apart() -> None:
    assert _draft({"a": "b"}).fingerprint != _draft({"a": "b"}, "pole_sos").fingerprint


@pytest.mark.parametrize(
    "names",
    [
        {},
        {str(i): "x" for i in range(65)},
        {"": "x"},
        {"x": ""},
        {"x" * 65: "x"},
        {"x": "y" * 201},
        {"x\n": "y"},
        {"x": "a\u202eb"},
        {"x": "\x1b"},
    ],
    ids=["none", "65", "no name", "no value", "long name", "long value", "broken name", "turned value", "control"],
)
def test_labels_refused(names: dict[str, str]) -> None:
    with pytest.raises(AlertInvalid):
        check_labels(names)


def test_64_labels_are_taken() -> None:
    check_labels({f"{i:064d}": "y" * 200 for i in range(64)})


@pytest.mark.parametrize(("zh", "en"), [("", "x"), ("  ", ""), ("长" * 201, ""), ("x", "y" * 201)])
def test_titles_refused(zh: str, en: str) -> None:
    with pytest.raises(AlertInvalid):
        check_titles(zh, en)


@pytest.mark.parametrize("sign", ["\n", "\x1b", "\x07", "\u202e", "\u200b", "\u2028", "\ufffe"], ids=ascii)
@pytest.mark.parametrize("field", ["title_zh", "title_en"])
def test_a_title_is_one_line(sign: str, field: str) -> None:
    titles = {"title_zh": "积水", "title_en": "Ponding"}
    check_titles(**titles)
    with pytest.raises(AlertInvalid) as refused:
        check_titles(**titles | {field: f"积水{sign}【公安局】"})
    assert all(str(refused.value.params[language]).startswith(field) for language in ("zh", "en"))


@pytest.mark.parametrize(
    "text",
    ["2026-06-01T00:00:00Z", "2026-06-01t08:00:00.123+08:00", "2026-06-01T00:59:59z", "2026-05-31T23:00:00-00:30"],
)
def test_time_taken(text: str) -> None:
    check_time(text, NOW)


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "2026-06-01T25:00:00Z", "2026-06-01T01:00:01Z"])
def test_time_refused(text: str) -> None:
    with pytest.raises(DetectionInvalid):
        check_time(text, NOW)


def test_clock_may_be_an_hour_ahead() -> None:
    check_time((NOW + timedelta(hours=1)).isoformat(), NOW)


def test_one_alert_per_kind_and_sender() -> None:
    kind, where = reference().kinds["pole_rain"], Position(114.3, 22.7)
    made = [
        draft(kind, "pole", pole, ("pole_id", pole), "street_maluan", where, detail)
        for pole, detail in (("PS-HS-021", " 42.5 mm/h"), ("PS-HS-021", " 50 mm/h"), ("PS-HS-022", ""))
    ]
    assert made[0].fingerprint == made[1].fingerprint != made[2].fingerprint
    assert made[0].title_zh == "PS-HS-021 雨量超限 42.5 mm/h"


@pytest.mark.parametrize(
    ("payload", "text"), [({}, ""), ({"value": 42.5, "unit": "mm/h"}, " 42.5 mm/h"), ({"value": 3}, " 3")]
)
def test_measured(payload: dict[str, object], text: str) -> None:
    assert measured(payload) == text
