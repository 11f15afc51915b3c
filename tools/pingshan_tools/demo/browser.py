"""A person at a browser without JavaScript: pages, forms and cookies over httpx.

Own code because the form-filling browsers on PyPI keep to Python's cookie jar, which never sends a `Secure` cookie to
`http://localhost`; browsers do, as they trust that address, and our `__Host-` cookies need it.

A service that is away or restarting is waited for; nothing is sent twice without the form's own `request_id`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

_PATIENCE = 90
"""Seconds to wait for a service that is away."""
_AWAY = frozenset({502, 503, 504})


class Stuck(Exception):
    """A page is not what the person expected; the message says which and what it showed."""


@dataclass
class Form:
    """Holds a form as the page shows it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """Holds what came back, after redirects."""

    url: str
    status: int
    html: str

    @property
    def forms(self) -> list[Form]:
        reader = _Reader(self.url)
        reader.feed(self.html)
        return reader.forms

    @property
    def links(self) -> list[str]:
        reader = _Reader(self.url)
        reader.feed(self.html)
        return reader.links

    def form(self, action: str) -> Form:
        """Returns the form whose action ends with this path. Raises Stuck where there is none."""
        for form in self.forms:
            if form.action.split("?")[0].endswith(action):
                return form
        raise Stuck(f"{self.url} ({self.status}) has no form for {action}")


class Browser:
    """Opens pages and sends forms with one person's cookies."""

    def __init__(self) -> None:
        self._client = httpx.Client(timeout=20, follow_redirects=False)

    def open(self, url: str) -> Page:
        return self._follow("GET", url, None)

    def leads_to(self, url: str) -> str:
        """Returns where the address redirects, without going there. Raises Stuck where it redirects nowhere."""
        response = self._patient("GET", url, None)
        if not response.is_redirect:
            raise Stuck(f"{url} ({response.status_code}) leads nowhere else")
        return urljoin(url, response.headers["location"])

    def submit(self, page: Page, action: str, values: Mapping[str, str]) -> Page:
        """Fills and sends a form of the page; values that are not given stay as the page had them. Raises Stuck."""
        form = page.form(action)
        return self._follow(form.method, form.action, {**form.fields, **values})

    def _follow(self, method: str, url: str, data: Mapping[str, str] | None) -> Page:
        for _ in range(20):
            response = self._patient(method, url, data)
            if not response.is_redirect:
                return Page(str(response.url), response.status_code, response.text)
            method, url, data = "GET", urljoin(url, response.headers["location"]), None
        raise Stuck(f"{url} redirects for ever")

    def _patient(self, method: str, url: str, data: Mapping[str, str] | None) -> httpx.Response:
        query, body = (data or None, None) if method == "GET" else (None, data)
        response = patiently(lambda: self._client.request(method, url, params=query, data=body))
        for cookie in self._client.cookies.jar:
            cookie.secure = False
        return response


def patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Returns a service's answer; while it is away or restarting, asks again for 90 s. Raises httpx.TransportError."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            response = ask()
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
        else:
            if response.status_code not in _AWAY or time.monotonic() > end:
                return response
        time.sleep(0.5)


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self._form: Form | None = None
        self._select: str | None = None
        self._textarea: str | None = None
        self.forms: list[Form] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self._base, given["href"]))
        elif tag == "form":
            action = urljoin(self._base, given.get("action") or self._base)
            self._form = Form(action, given.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(self._form, tag, given)

    def _control(self, form: Form, tag: str, given: Mapping[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input" and name:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                form.fields[name] = given.get("value", "")
        elif tag == "button" and name:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in form.fields):
            form.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None
