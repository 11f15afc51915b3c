"""Subject identifiers (OpenID Connect Core section 8): by which name a client knows a person."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Literal, Protocol


class Receiver(Protocol):
    """Is who reads a `sub`: a client, or what is kept of one for its logout token."""

    @property
    def client_id(self) -> str: ...

    @property
    def subject_type(self) -> Literal["public", "pairwise"]: ...

    @property
    def sector_identifier(self) -> str | None: ...


def subject_of(receiver: Receiver, person_id: str, keyed_hash: Callable[[str], bytes]) -> str:
    """Returns the `sub` by which the receiver knows the person: their id, or for a pairwise one 43 characters that say
    nothing to anybody outside its sector, and that it cannot find the person by (section 8.1).

    `keyed_hash`: one whose key stays, or every account at the receiver would be another person's.
    """
    if receiver.subject_type == "public":
        return person_id
    sector = receiver.sector_identifier or receiver.client_id
    return urlsafe_b64encode(keyed_hash(f"pairwise subject {sector} {person_id}")).rstrip(b"=").decode()
