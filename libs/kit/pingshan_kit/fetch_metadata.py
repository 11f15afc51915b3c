"""Whether a person or a script of a page asks: a script is answered, a person is led to a page."""

from starlette.requests import Request


def is_script(request: Request) -> bool:
    """Returns whether a script, and no navigation, sent the request (Fetch Metadata; htmx; server-sent events).

    A browser that sends no Fetch Metadata counts as a person, unless its headers are those of htmx or of EventSource.
    """
    if "hx-request" in request.headers or "text/event-stream" in request.headers.get("accept", ""):
        return True
    return request.headers.get("sec-fetch-mode", "navigate") != "navigate"
