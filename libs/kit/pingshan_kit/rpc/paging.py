"""Lists that come in pages (AIP-158), read to their end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from typing import Protocol, TypeVar

import grpc

from pingshan_kit.rpc.refusals import raise_from


class PagedRequest(Protocol):
    """Is the request of a List or Search method."""

    page_token: str


class PagedAnswer(Protocol):
    """Is the answer of a List or Search method."""

    @property
    def next_page_token(self) -> str: ...


Q = TypeVar("Q", bound=PagedRequest)
A = TypeVar("A", bound=PagedAnswer)


async def every_page(method: Callable[[Q], Awaitable[A]], request: Q) -> AsyncIterator[A]:
    """Yields the answers of a stub's `method` from `request` on, until the last page or until nobody reads on.

    Raises Unavailable where the sibling is away, RemoteError where it refuses.
    """
    asked = deepcopy(request)
    while True:
        try:
            answer = await method(asked)
        except grpc.aio.AioRpcError as error:
            raise_from(error)
        yield answer
        if not answer.next_page_token:
            return
        asked.page_token = answer.next_page_token
