"""Walks through workflow's pages as a person does: forms with their hidden fields, cookies, redirects."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any

import httpx


@dataclass
class Browser:
    """Keeps `__Host-` cookies over plain HTTP, which httpx rightly would not."""

    client: httpx.AsyncClient
    cookies: dict[str, str] = field(default_factory=dict)
    html: str = ""
    address: str = ""
    """Path and query of the page, of the form's target for an answer to a form."""
    is_answer: bool = False
    """Whether the page answers a form, so that it cannot be opened at its address."""

    async def get(self, path: str) -> httpx.Response:
        return await self._follow(await self.client.get(path, headers=self.headers()))

    async def post(self, path: str, fields: dict[str, Any]) -> httpx.Response:
        """With the hidden fields of the form on the last page that posts to this path; answers are followed."""
        data = hidden_fields(self.html, path) | fields
        return await self._follow(await self.client.post(path, data=data, headers=self.headers()))

    async def _follow(self, response: httpx.Response) -> httpx.Response:
        for header in response.headers.get_list("set-cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        if response.status_code == 303 and response.headers["location"].startswith("/"):
            return await self.get(response.headers["location"])
        self.html = response.text
        self.address, self.is_answer = response.request.url.raw_path.decode(), response.request.method == "POST"
        return response

    def headers(self) -> dict[str, str]:
        sent = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": sent, "Accept": "text/html"}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, Any]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            posts = (given.get("method") or "").lower() == "post"
            self.forms.append((given.get("action") or "" if posts else "", {}))
        if tag == "input" and given.get("type") == "hidden" and self.forms:
            fields, name = self.forms[-1][1], given.get("name") or ""
            before = fields.get(name)
            value = given.get("value") or ""
            fields[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]


def hidden_fields(html: str, action: str) -> dict[str, Any]:
    """Of the form that posts to `action`."""
    parser = _Forms()
    parser.feed(html)
    return next((fields for target, fields in parser.forms if target == action), {})
