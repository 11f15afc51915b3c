"""A form that was refused comes back on its page as it was typed, with the sentence at the field that is wrong.

Own code: libraries for forms (WTForms, Django's) make the fields themselves; ours stand in templates, of which one page
has many, each with its own address. What is rewritten here is markup of our own, in which every value is escaped.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from markupsafe import escape
from starlette.datastructures import ImmutableMultiDict

Typed = ImmutableMultiDict[str, Any]

_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_FIELD = re.compile(
    r"<input\b[^>]*>|<textarea\b[^>]*>(?P<text>[^<]*)</textarea>|<select\b[^>]*>.*?</select>", re.DOTALL
)
_OPTION = re.compile(r"<option\b[^>]*>")
_SUMMARY = re.compile(r'<div\b[^>]*\sid="error-summary".*?</div>', re.DOTALL)
_DETAILS = re.compile(r"<details\b[^>]*>|</details>")
_OF_EACH_RENDERING = frozenset({"csrf_token", "form_key", "version"})
"""Hidden fields that are other ones in a page that is shown again."""
_NOT_SHOWN_AGAIN = frozenset({"hidden", "password", "file", "submit", "button"})
_CROSS = "M3.4 1.6L8 6.2l4.6-4.6 1.8 1.8L9.8 8l4.6 4.6-1.8 1.8L8 9.8l-4.6 4.6-1.8-1.8L6.2 8 1.6 3.4z"
"""The icon `no` of `components.html`, which stands at every wrong field."""
_TICKED = frozenset({"checkbox", "radio"})


def with_refused(html: str, path: str, typed: Typed, wrong: Mapping[str, object]) -> str:
    """Returns the page with the refused form filled as it was typed, and what folds it away opened.

    The form is the one that posts to `path` with the most hidden fields that were sent, and none that were not; a page
    without it stays as it is.
    Passwords and files are not filled in. `wrong`: a sentence by field name, where the page does not say it there
    itself. The page's summary of what is wrong leads to the fields of that form, where others have the same names.
    """
    candidates = [form for form in _FORM.finditer(html) if _posts_to(form[0], path) and _is_sent(form[0], typed)]
    if not candidates:
        return html
    found = max(candidates, key=lambda form: len(_hidden(form[0])))
    before = _SUMMARY.sub(lambda summary: _led_to(summary[0], found[0]), _unfolded(html[: found.start()]))
    return before + _filled(found[0], typed, wrong) + html[found.end() :]


def _posts_to(form: str, path: str) -> bool:
    action = _attribute(form, "action")
    return (_attribute(form, "method") or "").lower() == "post" and (action or path).partition("?")[0] == path


def _is_sent(form: str, typed: Typed) -> bool:
    return all(value in _sent(typed, name) for name, value in _hidden(form))


def _hidden(form: str) -> list[tuple[str, str]]:
    """Returns name and value of the hidden fields that tell forms of one page apart."""
    fields = [field[0] for field in _FIELD.finditer(form) if _attribute(field[0], "type") == "hidden"]
    named = [(_attribute(each, "name") or "", _attribute(each, "value") or "") for each in fields]
    return [(name, value) for name, value in named if name not in _OF_EACH_RENDERING]


def _led_to(summary: str, form: str) -> str:
    """Returns the summary with links to the fields of the form, by their own ids."""
    ids: dict[str, str] = {}
    for field in _FIELD.finditer(form):
        name, own_id = _attribute(field[0], "name"), _attribute(field[0], "id")
        if name is not None and own_id is not None:
            ids.setdefault(name, own_id)
    return re.sub(r'href="#([^"]*)"', lambda link: f'href="#{escape(ids.get(unescape(link[1]), link[1]))}"', summary)


def _filled(form: str, typed: Typed, wrong: Mapping[str, object]) -> str:
    said: set[str] = set()

    def fill(found: re.Match[str]) -> str:
        tag = found[0]
        name = _attribute(tag, "name")
        if name is None or _attribute(tag, "type") in _NOT_SHOWN_AGAIN:
            return tag
        filled = _with_value(tag, _sent(typed, name))
        own_id = _attribute(tag, "id") or name
        if name not in wrong or name in said or f'id="{own_id}-error"' in form:
            return filled
        said.add(name)
        return _error(own_id, wrong[name]) + _marked(filled, own_id)

    return _FIELD.sub(fill, form)


def _with_value(tag: str, sent: list[str]) -> str:
    if tag.startswith("<select"):
        return _OPTION.sub(lambda option: _chosen(option[0], "selected", sent), tag)
    if tag.startswith("<textarea"):
        head = tag[: tag.index(">") + 1]
        return f"{head}{escape(sent[0])}</textarea>" if sent else tag
    if _attribute(tag, "type") in _TICKED:
        return _chosen(tag, "checked", sent)
    return _with_attribute(tag, "value", sent[0]) if sent else tag


def _chosen(tag: str, word: str, sent: list[str]) -> str:
    bare = re.sub(rf"\s{word}(?=[\s>])", "", tag)
    return f"{bare[:-1]} {word}>" if (_attribute(tag, "value") or "") in sent else bare


def _error(own_id: str, sentence: object) -> str:
    mark = f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="{_CROSS}"/></svg>'
    return f'<div class="field-error" id="{own_id}-error">{mark}<span>{escape(sentence)}</span></div>'


def _marked(tag: str, own_id: str) -> str:
    described = " ".join(filter(None, (_attribute(tag, "aria-describedby"), f"{own_id}-error")))
    return _with_attribute(_with_attribute(tag, "aria-describedby", described), "aria-invalid", "true")


def _unfolded(html: str) -> str:
    """Returns the text with every `details` opened that is not closed in it."""
    folds: list[re.Match[str]] = []
    for each in _DETAILS.finditer(html):
        if each[0].startswith("</"):
            folds = folds[:-1]
        else:
            folds.append(each)
    for each in reversed(folds):
        if not re.search(r"\sopen(?=[\s>])", each[0]):
            html = f"{html[: each.end() - 1]} open{html[each.end() - 1 :]}"
    return html


def _sent(typed: Typed, name: str) -> list[str]:
    return [each for each in typed.getlist(name) if isinstance(each, str)]


def _attribute(tag: str, name: str) -> str | None:
    """Returns the value of the first tag's attribute; None where it has none."""
    found = re.search(rf'\s{name}="([^"]*)"', tag[: tag.index(">") + 1])
    return None if found is None else unescape(found[1])


def _with_attribute(tag: str, name: str, value: str) -> str:
    """Returns the text with that attribute of its first tag."""
    end = tag.index(">")
    head = re.sub(rf'\s{name}="[^"]*"', "", tag[:end])
    return f'{head} {name}="{escape(value)}"{tag[end:]}'
