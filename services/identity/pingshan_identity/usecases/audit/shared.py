"""Names of the organisations and posts that stand in records by their codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pingshan_identity.store.organisations import organisations
from pingshan_identity.store.people import staff

_ORGANISATIONS = frozenset({"organisation", "owner"})
_POSTS = frozenset({"post", "posts", "ended"})
_OF_AN_ORGANISATION = "organisation:"


@dataclass(frozen=True, slots=True)
class RecordedNames:
    organisations: Mapping[str, tuple[str, str]]
    posts: Mapping[str, tuple[str, str]]
    """Chinese and English names, by code."""

    def details(self, recorded: Mapping[str, Any], *, english: bool = False) -> dict[str, Any]:
        """Returns the details of a record with each organisation and post by name, and its code behind it."""
        known = dict.fromkeys(_ORGANISATIONS, self.organisations) | dict.fromkeys(_POSTS, self.posts)
        return {name: _named(known.get(name, {}), value, english=english) for name, value in recorded.items()}

    def subject(self, recorded: str, *, english: bool = False) -> str:
        """Returns what a record is about, an organisation by its name."""
        code = recorded.removeprefix(_OF_AN_ORGANISATION)
        return recorded if code == recorded else str(_named(self.organisations, code, english=english))


async def recorded_names(tx: AsyncConnection) -> RecordedNames:
    posts = {code: (zh, en) for code, zh, en in await staff.posts(tx)}
    return RecordedNames(await organisations.names_by_code(tx), posts)


def _named(names: Mapping[str, tuple[str, str]], value: Any, *, english: bool) -> Any:
    if isinstance(value, list):
        return [_named(names, each, english=english) for each in value]
    if not isinstance(value, str) or value not in names:
        return value
    zh, en = names[value]
    return f"{en} ({value})" if english else f"{zh}（{value}）"
