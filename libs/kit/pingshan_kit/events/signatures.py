"""Signatures of events and heartbeats: what a listener hears counts only where the subject's publisher signed it.

NATS rights alone do not prove who speaks: its server publishes with rights of its own wherever a request of JetStream
sends an answer (`reply`) or a consumer its deliveries (`deliver_subject`).

Own code: JWS would carry the payload a second time, in base64; NATS's own NKeys sign connections, not messages.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pingshan_events.edges import PUBLISHER_OF_SUBJECT
from pingshan_events.event_keys import key_id

from pingshan_kit.errors import Unavailable
from pingshan_kit.logging import log
from pingshan_kit.settings import ServiceSettings

HEADER = "Pingshan-Signature"
"""`<key id>:<base64url of the Ed25519 signature>`."""
MESSAGE_ID = "Nats-Msg-Id"
HEARTBEAT = "identity.heartbeat"
"""Core NATS subject of identity: its stream of ended sessions can be relied on."""

_DOMAIN = b"pingshan event 1"
_PUBLISHERS = {**PUBLISHER_OF_SUBJECT, HEARTBEAT: "identity"}
_LOOK_AGAIN = 0.5
"""Seconds between two looks at the file of public keys: a key that was withdrawn is not believed for longer."""
_SAY_AGAIN = 60.0
"""Seconds between two lines in the log about the same kind of refused message."""


class NotOfItsPublisher(Exception):
    """The declared publisher of the subject did not sign the message. `reason` never holds a part of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def event_id_of(headers: Mapping[str, str]) -> str:
    """Returns the id of the event that the headers name; empty for a heartbeat, which has none."""
    return headers.get(MESSAGE_ID, "").partition(".")[0]


class Signer:
    """Signs what this service publishes, with the newest of its keys."""

    def __init__(self, service: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._key_id = key_id(service, key.public_key().public_bytes_raw())
        self._id_key = hashlib.sha256(b"message ids" + key.private_bytes_raw()).digest()

    @classmethod
    def from_settings(cls, settings: ServiceSettings) -> "Signer":
        """Reads the secret `event_key`: one key per line, the newest first. Raises MissingSecret, ValueError."""
        newest = settings.secret("event_key").split()[0]
        return cls(settings.service, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(newest)))

    def headers(
        self, subject: str, event_id: str, payload: bytes, *, stream_created: datetime | None = None
    ) -> dict[str, str]:
        """Returns the headers that prove a message; `event_id` is empty for a heartbeat.

        The id by which JetStream drops a repetition can be told by nobody else before its stream, as it was created
        then, holds the event: whoever makes the server store something under an id of an event keeps out none. Nor does
        what a withdrawn key, or none, signed before.
        """
        signature = base64.urlsafe_b64encode(self._key.sign(_signed(subject, event_id, payload))).decode()
        proof = {HEADER: f"{self._key_id}:{signature}"}
        if not event_id:
            return proof
        place = f"{event_id} {stream_created.isoformat() if stream_created else ''}"
        secret = hmac.new(self._id_key, place.encode(), hashlib.sha256).hexdigest()[:32]
        return proof | {MESSAGE_ID: f"{event_id}.{secret}"}


class Verifier:
    """Checks messages by the public keys in the file of the services' keys, and counts what it refuses."""

    def __init__(self, service_jwks: Path) -> None:
        self._path = service_jwks
        self._changed_at = -1
        self._looked_at = float("-inf")
        self._readable = True
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._said: dict[tuple[str, str], float] = {}
        self.refused: Counter[tuple[str, str]] = Counter()
        """Messages refused since the start, by subject and reason."""

    def accepts(self, subject: str, headers: Mapping[str, str] | None, payload: bytes) -> bool:
        """Returns whether a message that was heard on `subject` is its publisher's; counts and logs it where not.

        Raises Unavailable as `check` does.
        """
        try:
            self.check(subject, headers, payload)
        except NotOfItsPublisher as error:
            self._count(subject, error.reason)
            return False
        return True

    def check(self, subject: str, headers: Mapping[str, str] | None, payload: bytes) -> None:
        """Raises NotOfItsPublisher where the declared publisher of `subject` did not sign the message.

        `subject` is the one that the listener asked for: the message's own may be any. Raises Unavailable where the key
        may be one of a file that cannot be read at the moment: such a message is not given up.
        """
        headers = headers or {}
        name, _, signature = headers.get(HEADER, "").partition(":")
        if not name:
            raise NotOfItsPublisher("unsigned")
        if name.rpartition(".")[0] != _PUBLISHERS.get(subject):
            raise NotOfItsPublisher("signed by another")
        self._read_keys(name)
        if name not in self._keys:
            if not self._readable:
                raise Unavailable(part="event-keys")
            raise NotOfItsPublisher("unknown key")
        try:
            raw = base64.b64decode(signature, altchars=b"-_", validate=True)
            self._keys[name].verify(raw, _signed(subject, event_id_of(headers), payload))
        except (binascii.Error, ValueError, InvalidSignature) as error:
            raise NotOfItsPublisher("wrong signature") from error

    def readable(self) -> bool:
        """Looks at the file, and returns whether the keys in it can be read."""
        self._look()
        return self._readable

    def _read_keys(self, wanted: str) -> None:
        """Reads the file again where it has changed; a file that cannot be read leaves what is known."""
        if wanted not in self._keys or time.monotonic() - self._looked_at >= _LOOK_AGAIN:
            self._look()

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._changed_at:
                documents = json.loads(self._path.read_text(encoding="utf-8")).get("event_keys", [])
                self._keys = {document["kid"]: _public(document["x"]) for document in documents}
                self._changed_at = changed_at
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if self._readable:
                log.error("event_keys.unreadable", error=type(error).__name__)
            self._readable = False
            return
        if not self._readable:
            log.info("event_keys.readable")
        self._readable = True

    def _count(self, subject: str, reason: str) -> None:
        self.refused[subject, reason] += 1
        now = time.monotonic()
        if now - self._said.get((subject, reason), float("-inf")) > _SAY_AGAIN:
            self._said[subject, reason] = now
            log.error("event.refused", subject=subject, reason=reason, count=self.refused[subject, reason])


def _public(x: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


def _signed(subject: str, event_id: str, payload: bytes) -> bytes:
    """Returns what is signed: each part after its length, so that no two messages read alike."""
    parts = (_DOMAIN, subject.encode(), event_id.encode(), payload)
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
