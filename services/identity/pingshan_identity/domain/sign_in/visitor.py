"""The browser that starts a sign-in."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Visitor:
    browser: str = field(repr=False)
    """Secret that our pages share with this browser; it binds a sign-in to the browser."""
    device: str
    address: str = field(repr=False)
    previous_cookie: str | None = field(repr=False)
    """Cookie of the session that the browser holds now, in the realm of the sign-in; None for none."""
    known_browser: str = field(default="", repr=False)
    """Cookie that says who has signed in in this browser before; empty for none."""
