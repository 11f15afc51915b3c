"""Rules of the simulated SMS carrier: what it takes, and what it does on purpose for certain numbers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

CODES_PER_MINUTE = 5
MESSAGES_PER_MINUTE = 60
CODE_TEMPLATES = frozenset({"wifi-code", "sign-in-code"})

# Mainland mobile numbers, and the simulated duty telephones of organisations.json.
_NUMBER = re.compile(r"\+861[3-9][0-9]{9}|\+867550[0-9]{7}")
_LINK = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+(?:cn|com|net|org|gov|io|top|vip|xyz))\b", re.IGNORECASE)
_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Magic:
    """Says what happens to a message for a magic number."""

    refused: str = ""
    """Code with which the message is refused at once."""
    receipt: str | None = "delivered"
    """State of the receipt; None where none ever comes."""
    code: str = ""
    delay: float | None = None
    """Seconds until the receipt; None for the usual time."""
    down_once: bool = False
    """The first attempt per reference is answered 503."""
    receipts: int = 1


MAGIC: Mapping[str, Magic] = {
    "+8613800009001": Magic(refused="NUMBER_DOES_NOT_EXIST"),
    "+8613800009002": Magic(receipt="failed", code="PHONE_OFF"),
    "+8613800009003": Magic(receipt=None),
    "+8613800009004": Magic(delay=30.0),
    "+8613800009005": Magic(down_once=True),
    "+8613800009006": Magic(refused="BLACKLISTED"),
    "+8613800009007": Magic(receipts=2),
}
ORDINARY = Magic()


class Refused(Exception):
    """The carrier does not take the message."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Registry:
    """Holds the approved templates and link hosts, as registered at the carrier."""

    def __init__(self) -> None:
        table = json.loads(files("pingshan_simulators").joinpath("data", "sms_templates.json").read_text("utf-8"))
        self._signature = table["signature"]
        self._hosts = tuple(table["link_hosts"])
        self._templates = {entry["id"]: entry for entry in table["templates"]}

    def text(self, message: Mapping[str, Any]) -> str:
        """Returns the SMS as the phone shows it. Raises Refused."""
        template = self._templates.get(message["template_id"])
        if template is None:
            raise Refused("TEMPLATE_UNKNOWN")
        if message["signature"] != self._signature:
            raise Refused("SIGNATURE_UNKNOWN")
        variables: Mapping[str, str] = message["variables"]
        text: str = template["en" if message["language"] == "en" else "zh-Hans"]
        if set(_PLACE.findall(text)) != set(variables):
            raise Refused("VARIABLES_INVALID")
        for value in variables.values():
            self._refuse_links(value)
        return f"【{self._signature}】" + _PLACE.sub(lambda place: variables[place[1]], text)

    def _refuse_links(self, value: str) -> None:
        for host in _LINK.findall(value):
            if not any(host.lower() == listed or host.lower().endswith(f".{listed}") for listed in self._hosts):
                raise Refused("LINK_NOT_LISTED")


def check_number(number: str) -> Magic:
    """Returns what happens to messages for a number. Raises Refused for one that the carrier cannot reach."""
    if not _NUMBER.fullmatch(number):
        raise Refused("NUMBER_INVALID")
    magic = MAGIC.get(number, ORDINARY)
    if magic.refused:
        raise Refused(magic.refused)
    return magic


def limit(template_id: str) -> int:
    """Returns how many messages of this template one number may get in a minute."""
    return CODES_PER_MINUTE if template_id in CODE_TEMPLATES else MESSAGES_PER_MINUTE
