"""Values that must not be found in what the platform writes about its failures."""

import json
from collections.abc import Iterable
from urllib.parse import quote

NAME = "王泄漏"
MOBILE = "+8613912345678"
NUMBER = "440307199001011234"
PASSWORD = "canary-Passw0rd-9f8e7d"
TOKEN = "canary-token-5d41402abc"
CANARIES = (NAME, MOBILE, NUMBER, PASSWORD, TOKEN)


def found_in(written: str, canaries: Iterable[str] = CANARIES) -> list[str]:
    """The canaries that are in the text: as they are, as JSON or Python escape them, and as addresses do."""
    return [canary for canary in canaries if any(form in written for form in _forms(canary))]


def _forms(canary: str) -> set[str]:
    bare = canary.removeprefix("+86")
    return {
        bare,
        quote(bare),
        json.dumps(bare)[1:-1],
        ascii(bare)[1:-1],
        bare.encode().hex(),
        repr(bare.encode())[2:-1],
    }
