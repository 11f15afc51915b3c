"""Messages that a test puts on NATS in a publisher's place, signed as its relay signs them."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from pingshan_events.base import Event
from pingshan_events.edges import PUBLISHER_OF_SUBJECT
from pingshan_kit.events.signatures import Signer
from pingshan_tools import secret_files


def signer_of(secrets: Path, service: str) -> Signer:
    """The signer of a service, with the newest key in the folder of secrets."""
    newest = secret_files.read(secrets, service, "event_key").split()[0]
    return Signer(service, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(newest)))


async def publish_signed(
    client: Client, secrets: Path, subject: str, event_id: object, payload: bytes, **headers: str
) -> None:
    """Publishes what the subject's declared publisher signed; `headers` replace those of the signer."""
    signed = signer_of(secrets, PUBLISHER_OF_SUBJECT[subject]).headers(subject, str(event_id), payload)
    await client.jetstream().publish(subject, payload, headers=signed | headers)


async def publish_event(client: Client, secrets: Path, event: Event, **headers: str) -> None:
    payload = event.model_dump_json().encode()
    await publish_signed(client, secrets, event.subject, event.event_id, payload, **headers)
