"""Pages of lists, the same in pages, REST and gRPC (Google AIP-158)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pingshan_kit.errors import InvalidRequest

PAGE_SIZE = 50
"""Rows of every list that a page shows, and items of an answer where the caller names no size."""

LARGEST = 200

Item = TypeVar("Item")
Key = TypeVar("Key")


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    next_page_token: str
    """Empty on the last page."""


def checked_size(page_size: int) -> int:
    """Returns how many items the page gets, 1 to 200: 50 for 0, and 200 for more. Raises InvalidRequest below 0."""
    if page_size < 0:
        raise InvalidRequest([("page_size", "每页条数不能为负数。", "The size of a page cannot be negative.")])
    return min(page_size, LARGEST) or PAGE_SIZE


def checked_token(page_token: str, parse: Callable[[str], Key]) -> Key | None:
    """Returns the key after which the page begins, None for the first page.

    `parse` raises ValueError for what is no key; InvalidRequest is raised then.
    """
    if not page_token:
        return None
    try:
        return parse(page_token)
    except ValueError as error:
        raise InvalidRequest(
            [("page_token", "分页标记无效，请从第一页开始。", "The page token is not valid; begin at the first page.")]
        ) from error


def cut(fetched: Sequence[Item], size: int, key: Callable[[Item], object]) -> Page[Item]:
    """Returns a page of `size` items from a query that asked for one more; the token is the last item's key."""
    items = tuple(fetched[:size])
    return Page(items, str(key(items[-1])) if len(fetched) > size else "")
