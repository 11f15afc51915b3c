"""The browser that somebody sits at."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Visitor:
    browser: str = field(repr=False)
    """The secret that our pages share with this browser; binds a sign-in to it."""
    device: str
    address: str = field(repr=False)
    previous_cookie: str | None = field(repr=False)
    """Of the session that the browser holds now, in the realm of the sign-in."""
