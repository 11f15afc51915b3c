"""Alerts, their deliveries and their fingerprints.

Names in the Common Alerting Protocol (OASIS CAP 1.2): `kind` is its `eventCode`, the kind's name its `event`, a title
its `headline`, `level` its `severity`: red Extreme, orange Severe, yellow Moderate, blue Minor, as `warning_types.json`
maps colours. Stored and published names are the ones used here.
"""

from collections.abc import Collection, Iterable, Mapping
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
from pingshan_values.text import Text, is_storable

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
class Awaited:
    """Describes a group that was notified, and by when one of its organisations should acknowledge."""

    who: str
    organisations: tuple[str, ...]
    post: str
    within_minutes: int | None
    acknowledge_by: datetime | None
    """None where the group is notified for information only."""
    escalate_to: str | None
    escalated_at: datetime | None

    @property
    def escalates_at(self) -> datetime | None:
        """Returns the time of the escalation, or None where there is no next step or it was notified already."""
        return self.acknowledge_by if self.escalate_to and not self.escalated_at else None

    def is_missed(self, acknowledged: Collection[str], now: datetime) -> bool:
        """Returns True if the escalation is due and no organisation of the group is among `acknowledged`."""
        if self.escalates_at is None or self.escalates_at > now:
            return False
        return not set(acknowledged) & set(self.organisations)


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

    @property
    def fingerprint(self) -> str:
        """Returns the SHA-256, in hex, of kind and labels as canonical JSON. Equal fingerprints mean the same thing."""
        canonical = dumps([self.kind, dict(self.labels)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(canonical.encode()).hexdigest()


def check_labels(labels: Mapping[str, str]) -> None:
    """Raises AlertInvalid unless there are 1 to 64 labels, with names of 1 to 64 and values of 1 to 200 characters."""
    if not 1 <= len(labels) <= MAX_LABELS:
        raise AlertInvalid(zh=f"标签应为 1 至 {MAX_LABELS} 个", en=f"there must be 1 to {MAX_LABELS} labels")
    if not is_storable(labels):
        raise _not_storable()
    for name, value in labels.items():
        if not (1 <= len(name) <= MAX_LABEL_NAME and 1 <= len(value) <= MAX_LABEL_VALUE):
            raise AlertInvalid(
                zh=f"标签名应为 1 至 {MAX_LABEL_NAME} 字，值应为 1 至 {MAX_LABEL_VALUE} 字",
                en=f"label names take 1 to {MAX_LABEL_NAME} characters, values 1 to {MAX_LABEL_VALUE}",
            )


def _not_storable() -> AlertInvalid:
    return AlertInvalid(zh="文字中有不能保存的字符", en="a text has characters that cannot be kept")


def is_alert_id(text: str) -> bool:
    return _ALERT_ID.fullmatch(text) is not None


def check_titles(title_zh: str, title_en: str) -> None:
    """Raises AlertInvalid unless the Chinese title has 1 to 200 characters and the English one 0 to 200."""
    if not (len(title_zh.strip()) >= 1 and len(title_zh) <= MAX_TITLE and len(title_en) <= MAX_TITLE):
        raise AlertInvalid(zh=f"标题应为 1 至 {MAX_TITLE} 字", en=f"titles take 1 to {MAX_TITLE} characters")
    if not is_storable((title_zh, title_en)):
        raise _not_storable()


def check_note(note: str) -> None:
    """Raises RequestInvalid for a note of more than 500 characters, or with characters that cannot be stored."""
    if len(note) > MAX_NOTE or not is_storable(note):
        sentence = (f"不超过 {MAX_NOTE} 字的文字", f"text of up to {MAX_NOTE} characters")
        raise RequestInvalid([Violation("note", *sentence)])


def is_graver(level: Level, before: Level) -> bool:
    return level.number < before.number


def deadline_of(groups: Iterable[Awaited], organisation: str, post: str) -> datetime | None:
    """Returns the earliest time by which the post should acknowledge, or None where it need not."""
    mine = (group for group in groups if organisation in group.organisations and post == group.post)
    return min((group.acknowledge_by for group in mine if group.acknowledge_by), default=None)
