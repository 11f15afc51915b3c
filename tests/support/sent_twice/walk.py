"""One form of one page, sent twice by the browser that shows it: what that wrote, and where each answer leads."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import httpx

from tests.support.fuzz.services import Attacked
from tests.support.workflow.browser import Browser, hidden_fields

_NOT_OF_AN_ACT = (
    "command",  # what the kit remembers of the form itself
    "record_pending",
    "record_seal",
    "record_head",
    "case_number",
    "code_limit",
    "sign_in_throttle",
    "status_list",  # begins with the first licence of a type
)
"""Tables that are written beside every act, or counted over all of them."""
EVENTS = "events"
"""What the outbox holds, and what the relay has taken from it."""
_known: dict[str, list[str]] = {}
_TABLES = """
SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition
"""


@dataclass
class Form:
    """A form that a browser shows, filled in."""

    browser: Browser
    action: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes]] | None = None

    def __post_init__(self) -> None:
        hidden = hidden_fields(self.browser.html, self.action)
        assert hidden.get("form_key"), (self.action, self.browser.html)
        self.fields = hidden | dict(self.fields)

    async def send(self) -> httpx.Response:
        headers = self.browser.headers()
        return await self.browser.client.post(self.action, data=dict(self.fields), files=self.files, headers=headers)


Begin = Callable[[Attacked], Awaitable[Form]]


@dataclass(frozen=True)
class Case:
    """`begin` opens the page and fills the form in, each time for something fresh."""

    route: str
    begin: Begin
    writes: bool = True
    """False for a form that only asks, for example a search."""
    signs_out: bool = False


@dataclass(frozen=True)
class Twice:
    """Two answers, and what was written, in rows by table."""

    answers: tuple[httpx.Response, httpx.Response]
    added: Mapping[str, int]
    """By both; negative for rows that are gone."""
    wrote: Mapping[str, int] = field(default_factory=dict)
    """Rows added or changed by the first, where the second came after it."""
    wrote_later: Mapping[str, int] = field(default_factory=dict)
    """And by the second."""


async def one_after_the_other(attacked: Attacked, form: Form) -> Twice:
    before, begun = await _settled(attacked)
    first = await form.send()
    _, middle = await _settled(attacked)
    second = await form.send()
    after, _ = await _settled(attacked)
    wrote = await _written(attacked, begun, middle)
    return Twice((first, second), _difference(before, after), wrote, await _written(attacked, middle, None))


async def at_the_same_time(attacked: Attacked, form: Form) -> Twice:
    before, _ = await _settled(attacked)
    first, second = await asyncio.gather(form.send(), form.send())
    after, _ = await _settled(attacked)
    return Twice((first, second), _difference(before, after))


async def _settled(attacked: Attacked) -> tuple[dict[str, int], int]:
    """The rows once the worker has written what follows from the act, or from what was done before it."""
    found = await _rows(attacked)
    while attacked.service == "workflow":
        await asyncio.sleep(0.4)
        again = await _rows(attacked)
        if again[0] == found[0]:
            return again
        found = again
    return found


async def _rows(attacked: Attacked) -> tuple[dict[str, int], int]:
    """Counts the rows of every table that an act may write; and the transaction at which that was so."""
    tables = await tables_of(attacked)
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
    found = await attacked.rows(f"{counts} UNION ALL SELECT '', pg_current_xact_id()::text::bigint")
    counted = {str(name): int(number) for name, number in found}
    position = counted.pop("")
    counted[EVENTS] = sum(counted.pop(name, 0) for name in ("outbox", "event_log"))
    return counted, position


async def _written(attacked: Attacked, since: int, until: int | None) -> dict[str, int]:
    """Rows whose present version is of a transaction from `since` on; each look at a session is noted, and no act."""
    where = f"xmin::text::bigint >= {since}" + (f" AND xmin::text::bigint < {until}" if until else "")
    seen = {"sso_session", "page_session", "outbox", "event_log"}
    tables = [name for name in await tables_of(attacked) if name not in seen]
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name} WHERE {where}" for name in tables)
    return {str(name): int(number) for name, number in await attacked.rows(counts) if number}


async def tables_of(attacked: Attacked) -> list[str]:
    if attacked.url not in _known:
        _known[attacked.url] = [str(name) for [name] in await attacked.rows(_TABLES) if name not in _NOT_OF_AN_ACT]
    return _known[attacked.url]


def _difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


async def wrong_with(attacked: Attacked, case: Case) -> list[str]:
    """Sends the form in both ways; returns what is wrong with the answers and with what was written."""
    form = await case.begin(attacked)
    is_signed_in = await _is_signed_in(form.browser, form.browser.cookies)
    later = await one_after_the_other(attacked, form)
    wrong = [f"later: {each}" for each in await _differing(form, later, case, is_signed_in)]
    if case.writes != bool(later.wrote or later.added):
        wrong.append(f"it wrote {later.wrote} {later.added}")
    if later.wrote_later:
        wrong.append(f"the second wrote {later.wrote_later}")
    form = await case.begin(attacked)
    together = await at_the_same_time(attacked, form)
    wrong += [f"at once: {each}" for each in await _differing(form, together, case, is_signed_in)]
    if together.added != later.added:
        wrong.append(f"one adds {later.added}, two at once add {together.added}")
    return [f"{attacked.service} {case.route} {each}" for each in wrong]


async def _differing(form: Form, sent: Twice, case: Case, is_signed_in: bool) -> list[str]:
    first, second = sent.answers
    if first.status_code not in {200, 303} or _begins_again(first):
        return [f"refused: {first.status_code} {first.headers.get('location')} {_sentence(first)}"]
    if _leads_to(first) != _leads_to(second):
        return [f"the first leads to {_leads_to(first)}, the second to {_leads_to(second)}: {_sentence(second)}"]
    if (first.content, first.headers.get("content-type")) != (second.content, second.headers.get("content-type")):
        return ["the second shows something else"]
    cookies = dict(form.browser.cookies)
    for header in [each for answer in sent.answers for each in answer.headers.get_list("set-cookie")]:
        cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    if is_signed_in and not case.signs_out and not await _is_signed_in(form.browser, cookies):
        return ["it signs out"]
    return []


def _begins_again(answer: httpx.Response) -> bool:
    """Leads back to where a sign-in begins."""
    path, _, query = answer.headers.get("location", "").partition("?")
    return path == "/sign-in/again" or "expired" in query or (path == "/sign-in" and "continue" in query)


def _leads_to(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    return answer.status_code, answer.headers.get("location"), answer.headers.get("content-disposition")


def _sentence(answer: httpx.Response) -> str:
    shown = re.sub(r"<[^>]+>|\s+", " ", answer.text.partition("<main")[2] or answer.text)
    return " ".join(shown.split())[:300]


async def _is_signed_in(browser: Browser, cookies: Mapping[str, str]) -> bool:
    """As the script of our own pages asks (`/signed-in`)."""
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return (await browser.client.get("/signed-in", headers={"Cookie": sent})).status_code == 204
