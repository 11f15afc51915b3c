"""Pages of lists (AIP-158)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pingshan_kit.errors import InvalidRequest

_DEFAULT = 50
_MOST = 200

Item = TypeVar("Item")
Key = TypeVar("Key")


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    next_page_token: str
    """Empty on the last page."""


def checked_size(page_size: int) -> int:
    """1 to 200; 0 means 50. Raises InvalidRequest."""
    if not 0 <= page_size <= _MOST:
        raise InvalidRequest([("page_size", f"每页 1 至 {_MOST} 条。", f"A page has 1 to {_MOST} items.")])
    return page_size or _DEFAULT


def checked_token(token: str, parse: Callable[[str], Key]) -> Key | None:
    """The key after which the page begins; none for the first. Raises InvalidRequest."""
    if not token:
        return None
    try:
        return parse(token)
    except ValueError as error:
        raise InvalidRequest(
            [("page_token", "分页标记无效，请从第一页开始。", "The page token is not valid; begin at the first page.")]
        ) from error


def cut(fetched: Sequence[Item], size: int, key: Callable[[Item], object]) -> Page[Item]:
    """A page of `size` from a query that asked for one more."""
    items = tuple(fetched[:size])
    return Page(items, str(key(items[-1])) if len(fetched) > size else "")
