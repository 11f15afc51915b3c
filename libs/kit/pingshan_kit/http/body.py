"""Bodies of requests: what a form's is called, and how a middleware reads one before the handler does."""

from starlette.types import Message, Receive

URL_ENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = (URL_ENCODED, MULTIPART)
"""Content types of forms that a browser sends without a script."""


def read_again(body: bytes, then: Receive) -> Receive:
    """Returns a receive channel that gives the body once more, then whatever follows."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return pending.pop() if pending else await then()

    return receive
