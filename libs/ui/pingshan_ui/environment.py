"""The Jinja environment of a service's pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import segno
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from pingshan_values.shanghai import SHANGHAI
from pingshan_values.text import LANGUAGES
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pingshan_ui.words import Words

_HERE = Path(__file__).parent


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
    )
    env.globals.update(
        _=_translator(words),
        csrf_field=csrf_field,
        language=language,
        qr=qr,
        service_name={"zh-Hans": zh, "en": en},
        url_with=url_with,
        words=words,
    )
    env.filters.update(clock=clock, day=day, groups=groups, octets=octets)
    return env


def render(
    request: Request,
    name: str,
    *,
    status_code: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Returns a template of the application's site, rendered in the request's language."""
    site: Site = request.app.state.site
    html = site.templates.get_template(name).render(request=request, **context)
    return HTMLResponse(
        html, status_code=status_code, headers={"Content-Language": language(request), **(headers or {})}
    )


def language(request: Request) -> str:
    """Returns the language that the kit chose for this request, Chinese where it chose none."""
    return getattr(request.state, "language", LANGUAGES[0])


def csrf_field(request: Request) -> Markup:
    """Returns the hidden field that every form with a method other than GET carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(getattr(request.state, "csrf_token", ""))


def url_with(request: Request, **params: object) -> str:
    """Returns this page's path and query with some parameters replaced; None removes one."""
    url = request.url.remove_query_params(list(params))
    kept = {name: str(value) for name, value in params.items() if value is not None}
    url = url.include_query_params(**kept) if kept else url
    return f"{url.path}?{url.query}" if url.query else url.path


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


def day(moment: date | datetime) -> str:
    """Returns the date in Shanghai, for example 2026-11-25; a date without a time stays as it is."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(SHANGHAI).date()
    return moment.isoformat()


def groups(identifier: str, size: int = 4) -> Markup:
    """Returns an identifier in groups that copy without the gaps; parts between dots are kept apart."""
    parts = [[part[i : i + size] for i in range(0, len(part), size)] for part in identifier.split(".")]
    return Markup("<wbr>.").join(
        Markup("").join(Markup("<span>{}</span>").format(escape(group)) for group in part) for part in parts
    )


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
