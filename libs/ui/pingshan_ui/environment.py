"""The Jinja environment of a service's pages."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import segno
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from pingshan_values.shanghai import SHANGHAI
from pingshan_values.text import LANGUAGES
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pingshan_ui.compiled import Compiled
from pingshan_ui.refused_form import Typed, with_refused
from pingshan_ui.words import Words

_HERE = Path(__file__).parent
_OF_EVERY_PAGE = ("ui/base.html", "ui/components.html")
_COMPILED = Compiled()
_ROW_OR_CELL = re.compile(r"<t[rd]\b")
_OTHER_LANGUAGE = '<script type="application/json" id="other-language"></script>'
"""Where the frame of an answer to a form takes the same answer in the other language."""


class Site(Protocol):
    """Holds the templates of an application, which keeps it as `state.site`. The kit's `Site` is one."""

    @property
    def templates(self) -> Environment: ...


@dataclass(frozen=True, slots=True)
class PagesOnly:
    """Holds templates and nothing else, for an application that the kit does not make."""

    templates: Environment


def environment(web: Path, *, zh: str, en: str) -> Environment:
    """Returns an environment over the service's `web` folder (`templates/`, `locale/`) and the shared templates.

    `zh` and `en` are the service's name as the page frame shows it.
    """
    words = Words(_HERE / "locale", web / "locale")
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(web / "templates"), FileSystemLoader(_HERE / "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    env.globals.update(
        _=_translator(words),
        csrf_field=csrf_field,
        in_both_languages=in_both_languages,
        language=language,
        other_language=other_language,
        qr=qr,
        service_name={"zh-Hans": zh, "en": en},
        url_with=url_with,
        words=words,
    )
    env.filters.update(clock=clock, day=day, groups=groups, headed=headed, instant=instant, octets=octets)
    for shared in _OF_EVERY_PAGE:  # to compile them takes longer than whoever asks first may hold up the event loop
        env.get_template(shared)
    return env


def render(
    request: Request,
    name: str,
    *,
    status_code: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    form: Typed | None = None,
    said: Mapping[str, object] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Returns a template of the application's site, rendered in the request's language.

    `form`: the form that the request was refused with, which comes back as it was typed; None for none. `said`: a
    sentence by name of a wrong field. An answer to a form carries itself in the other language too, so nothing in the
    context may be in one language already: a sentence is `Said`.
    """

    def page() -> str:
        html = _template(request, name).render(request=request, **context)
        return html if form is None else with_refused(html, request.url.path, form, said or {})

    return HTMLResponse(
        in_both_languages(request, page),
        status_code=status_code,
        headers={"Content-Language": language(request), **(headers or {})},
    )


def in_both_languages(request: Request, page: Callable[[], str]) -> str:
    """Returns the page in the request's language, and in it the same page in the other one where its frame takes it.

    An answer to a form has no address at which it could be asked for again: what was typed, or is shown once, would be
    lost to whoever chooses the other language.
    """
    html = page()
    if _OTHER_LANGUAGE not in html:
        return html
    spoken, request.state.language = language(request), other_language(request)
    try:
        other = json.dumps(page().replace(_OTHER_LANGUAGE, "")).replace("<", "\\u003c")  # or it could end the script
    finally:
        request.state.language = spoken
    return html.replace(_OTHER_LANGUAGE, _OTHER_LANGUAGE.replace("></", f">{other}</"))


def pieces(request: Request, name: str, **context: Any) -> Iterator[str]:
    """Yields what `render` joins, for a page that takes longer than others may wait; `joined` makes it the answer."""
    return _template(request, name).generate(request=request, **context)


def joined(request: Request, html: Iterable[str]) -> HTMLResponse:
    """Returns a page of which `pieces` gave the parts."""
    return HTMLResponse("".join(html), headers={"Content-Language": language(request)})


def _template(request: Request, name: str) -> Template:
    site: Site = request.app.state.site
    return site.templates.get_template(name)


def language(request: Request) -> str:
    """Returns the language that the kit chose for this request, Chinese where it chose none."""
    return getattr(request.state, "language", LANGUAGES[0])


def other_language(request: Request) -> str:
    """Returns the language that the page offers beside the one it is in."""
    return next(each for each in LANGUAGES if each != language(request))


@dataclass(frozen=True, slots=True)
class Said:
    """Says a sentence in the language in which the page is rendered that shows it."""

    request: Request = field(repr=False)
    sentence: Callable[[str], str]
    """Maps a language to the sentence in it."""

    def __str__(self) -> str:
        return self.sentence(language(self.request))

    def __html__(self) -> Markup:
        return escape(str(self))


@dataclass(frozen=True, slots=True)
class Again:
    """Describes the form that a page answers, to be sent again in the other language: it must change nothing.

    For long lists and forms in steps; every other answer is there in both languages (`in_both_languages`).
    """

    path: str
    fields: Sequence[tuple[str, str]]
    """Name and value of each field."""


def csrf_field(request: Request) -> Markup:
    """Returns the hidden fields that every form with a method other than GET carries.

    `csrf_token` says that the form is of our own page; `form_key` is another one in each rendering, so that the kit
    answers a form that is sent twice as the first time.
    """
    token = Markup('<input type="hidden" name="csrf_token" value="{}">').format(
        getattr(request.state, "csrf_token", "")
    )
    return token + Markup('<input type="hidden" name="form_key" value="{}">').format(secrets.token_hex(32))


def url_with(request: Request, **params: object) -> str:
    """Returns this page's path and query with some parameters replaced; None removes one.

    A path that begins with two slashes would name another host (RFC 3986 section 4.2), so one is left.
    """
    url = request.url.remove_query_params(list(params))
    kept = {name: str(value) for name, value in params.items() if value is not None}
    url = url.include_query_params(**kept) if kept else url
    path = "/" + url.path.lstrip("/")
    return f"{path}?{url.query}" if url.query else path


def qr(text: str) -> Markup:
    """Returns a QR code (ISO/IEC 18004, error correction M) as inline SVG."""
    buffer = BytesIO()
    segno.make(text, error="m", micro=False).save(
        buffer, kind="svg", xmldecl=False, svgns=False, svgclass="qr", lineclass=None, omitsize=True, border=2
    )
    return Markup(buffer.getvalue().decode())  # noqa: S704 - made by segno from modules, not from the text


def clock(moment: datetime) -> str:
    """Returns date and time in Shanghai to the minute, for example 2026-11-25 17:30."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def instant(moment: datetime) -> str:
    """Returns date and time in Shanghai to the second, for example 2026-11-25 17:30:05; for waits of seconds."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def day(moment: date | datetime) -> str:
    """Returns the date in Shanghai, for example 2026-11-25; a date without a time stays as it is."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(SHANGHAI).date()
    return moment.isoformat()


def headed(rows: Markup, heads: Sequence[str]) -> Markup:
    """Returns the rows of a table with the head of its column on each cell, which small screens show beside it.

    Rows and cells get their ARIA roles, since a table that is laid out otherwise loses those of its elements.
    """
    columns = iter(heads)

    def mark(found: re.Match[str]) -> str:
        nonlocal columns
        if found[0] == "<tr":
            columns = iter(heads)
            return '<tr role="row"'
        head = next(columns, "")
        return '<td role="cell"' + (f' data-head="{escape(head)}"' if head else "")

    return Markup(_ROW_OR_CELL.sub(mark, rows))  # noqa: S704 - rendered rows, in which no other tag is touched


def groups(identifier: str, size: int = 4) -> Markup:
    """Returns an identifier in groups that copy without the gaps; a line breaks after a dot, where there is one."""
    parts = re.findall(r"[^.]*\.|[^.]+", identifier)
    return Markup("<wbr>").join(
        Markup('<span class="part">{}</span>').format(
            Markup("").join(Markup("<span>{}</span>").format(group) for group in _grouped(part, size))
        )
        for part in parts
    )


def _grouped(part: str, size: int) -> list[str]:
    """Returns the part in groups; a dot or hyphen stays with what it ends, and begins a new group."""
    return re.findall(rf"[^.-]{{1,{size}}}[.-]?|[.-]", part)


def octets(number: int) -> str:
    """Returns a volume in bytes with its unit, with decimal prefixes as in network plans."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} B"


def _translator(words: Words) -> Any:
    @pass_context
    def translate(context: Context, message: str, **values: object) -> str:
        return words(language(context["request"]), message, **values)

    return translate
