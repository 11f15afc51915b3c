"""Signatures of webhooks and carrier receipts: Standard Webhooks, scheme v1 (standardwebhooks.com, HMAC-SHA256)."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest, digest

KEY_PREFIX = "whsec_"
"""Prefix of a key as text; the base64 of its bytes follows."""
TOLERANCE = timedelta(minutes=5)


def sign(key: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Returns the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of a message."""
    seconds = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": _signature(key, message_id, seconds, body),
    }


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Returns True if one of the first 8 signatures is right and the timestamp is at most 5 minutes from `now`."""
    message_id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (message_id and seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        return False
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        return False
    expected = _signature(key, message_id, seconds, body).encode()
    offered = headers.get("webhook-signature", "").split()[:8]
    return any(compare_digest(expected, signature.encode()) for signature in offered)


def _signature(key: bytes, message_id: str, seconds: str, body: bytes) -> str:
    content = f"{message_id}.{seconds}.".encode() + body
    return "v1," + b64encode(digest(key, content, "sha256")).decode()
