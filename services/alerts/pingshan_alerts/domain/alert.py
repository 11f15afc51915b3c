"""Alerts, their deliveries and their fingerprints.

Names in the Common Alerting Protocol (OASIS CAP 1.2): `kind` is its `eventCode`, the kind's name its `event`, a title
its `headline`, `level` its `severity`: red Extreme, orange Severe, yellow Moderate, blue Minor, as `warning_types.json`
maps colours. Stored and published names are the ones used here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from json import dumps
from re import ASCII
from re import compile as pattern
from typing import Any

from pingshan_values.errors import Violation
from pingshan_values.level import Level
from pingshan_values.position import Position
from pingshan_values.text import ONE_LINE, SEVERAL_LINES, Text, is_line, is_text, shown

from pingshan_alerts.domain.errors import AlertInvalid, AlreadyResolved, NotARecipient, RequestInvalid
from pingshan_alerts.domain.routing import Channel

MAX_TITLE = 200
MAX_LABELS = 64
MAX_LABEL_NAME = 64
MAX_LABEL_VALUE = 200
MAX_NOTE = 500

_ALERT_ID = pattern(r"GJ-[0-9]{4}-[0-9]{6,18}", ASCII)


class AlertState(StrEnum):
    """Says how far an alert is handled. A repeat of a resolved alert is a new alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    """Says how far a delivery got. `not_available`: the channel has no carrier, so nothing was sent."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    NOT_AVAILABLE = "not_available"


FIRST_STATE: Mapping[Channel, DeliveryState] = {
    Channel.WALL: DeliveryState.SENT,
    Channel.APP: DeliveryState.SENT,
    Channel.SMS: DeliveryState.QUEUED,
    Channel.WEBHOOK: DeliveryState.QUEUED,
    Channel.VOICE: DeliveryState.NOT_AVAILABLE,
}
"""A delivery's state when it is created: screens show the alert at once, and there is no carrier for voice."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Describes one message to one post of one organisation on one channel."""

    delivery_id: str
    organisation: str
    post: str
    channel: Channel
    state: DeliveryState
    failure_code: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Records that an organisation acknowledged an alert; the first one in a group stops that group's escalation."""

    organisation: str
    person_id: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """Records one thing that happened to an alert."""

    at: datetime
    act: str
    actor: str
    organisation: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """Describes an internal alert of the 1+6+N command structure."""

    alert_id: str
    version: int
    kind: str
    source: str
    """`video`, `pole`, `api` or `event`."""
    title_zh: str
    title_en: str
    level: Level
    state: AlertState
    owners: tuple[str, ...]
    street: str
    """The street's code; empty where no place is known."""
    position: Position | None
    labels: Mapping[str, str]
    report_count: int
    """Number of reports of the same thing while the alert is live, from 1."""
    raised_at: datetime
    seen_at: datetime
    """Time of the latest report."""
    updated_at: datetime
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None

    @property
    def title(self) -> Text:
        """Returns the title in both languages; the Chinese one stands in for an empty English one."""
        return Text(self.title_zh, self.title_en or self.title_zh)

    @property
    def is_live(self) -> bool:
        """Returns whether a report of the same thing counts as this alert; `store/alerts.py: _LIVE` in SQL."""
        return self.state is not AlertState.RESOLVED

    def check_answerable(self, organisation: str, notified: Collection[str]) -> None:
        """Raises NotARecipient where the organisation was not notified, AlreadyResolved where the alert is resolved."""
        if organisation not in notified:
            raise NotARecipient(alert_id=self.alert_id)
        if not self.is_live:
            raise AlreadyResolved(alert_id=self.alert_id)


@dataclass(frozen=True, slots=True)
class Draft:
    """Describes an alert to raise, checked and placed, whatever its source."""

    kind: str
    source: str
    title_zh: str
    title_en: str
    level: Level
    owners: tuple[str, ...]
    street: str
    position: Position | None
    labels: Mapping[str, str]
    notifies_street: bool
    notifies_others: bool = True
    """Whether neighbours of the owners and all streets are notified where the level says so."""

    @property
    def fingerprint(self) -> str:
        """Returns the SHA-256, in hex, of canonical JSON. Equal fingerprints mean the same thing.

        A device's and a sibling's report is told by kind and labels. What somebody says also by its owners and street,
        and it is never the same as what a device or sibling reports: those whom a report concerns would not hear of it
        where others were named before.
        """
        said = ["api", sorted(self.owners), self.street] if self.source == "api" else []
        thing = [self.kind, dict(self.labels), *said]
        canonical = dumps(thing, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()


def check_labels(labels: Mapping[str, str]) -> None:
    """Raises AlertInvalid unless there are 1 to 64 labels, with names of 1 to 64 and values of 1 to 200 characters.

    Each is a text of one line.
    """
    if not 1 <= len(labels) <= MAX_LABELS:
        raise AlertInvalid(zh=f"标签应为 1 至 {MAX_LABELS} 个", en=f"there must be 1 to {MAX_LABELS} labels")
    for name, value in labels.items():
        if not (len(name) <= MAX_LABEL_NAME and is_line(name, MAX_LABEL_NAME)):
            raise AlertInvalid(
                zh=f"labels：标签名“{shown(name)}”应为 1 至 {MAX_LABEL_NAME} 字的{ONE_LINE.zh}",
                en=f'labels: the name "{shown(name)}" must have 1 to {MAX_LABEL_NAME} characters, {ONE_LINE.en}',
            )
        if not (len(value) <= MAX_LABEL_VALUE and is_line(value, MAX_LABEL_VALUE)):
            raise AlertInvalid(
                zh=f"labels.{name}：标签值应为 1 至 {MAX_LABEL_VALUE} 字的{ONE_LINE.zh}",
                en=f"labels.{name}: the value must have 1 to {MAX_LABEL_VALUE} characters, {ONE_LINE.en}",
            )


def is_alert_id(text: str) -> bool:
    return _ALERT_ID.fullmatch(text) is not None


def check_titles(title_zh: str, title_en: str) -> None:
    """Raises AlertInvalid unless the Chinese title has 1 to 200 characters and the English one is empty or has as many.

    Each is a text of one line.
    """
    for name, title in (("title_zh", title_zh), ("title_en", title_en)):
        if not (is_line(title, MAX_TITLE) or (name == "title_en" and not title.strip())):
            raise AlertInvalid(
                zh=f"{name}：标题应为 1 至 {MAX_TITLE} 字的{ONE_LINE.zh}",
                en=f"{name}: a title must have 1 to {MAX_TITLE} characters, {ONE_LINE.en}",
            )


def check_note(note: str) -> None:
    """Raises RequestInvalid unless a note is empty or a text of up to 500 characters."""
    if note and not is_text(note, MAX_NOTE):
        zh, en = f"不超过 {MAX_NOTE} 字的{SEVERAL_LINES.zh}", f"text of up to {MAX_NOTE} characters, {SEVERAL_LINES.en}"
        raise RequestInvalid([Violation("note", zh, en)])


def is_graver(level: Level, before: Level) -> bool:
    return level.number < before.number
