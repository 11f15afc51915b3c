"""A refused form comes back as it was typed, the sentence stands at its field, and other forms stay as they are."""

from pingshan_ui.refused_form import with_refused
from starlette.datastructures import ImmutableMultiDict

PAGE = """<details><summary>a</summary><p>a</p></details>
<details class="x"><summary>b</summary>
<form method="post" action="/lift"><input type="hidden" name="csrf_token" value="new">
<input type="hidden" name="key" value="1">
<label for="reason-1">r</label><input id="reason-1" name="reason" required maxlength="200"></form></details>
<details><summary>c</summary>
<form method="post" action="/lift"><input type="hidden" name="csrf_token" value="new">
<input type="hidden" name="key" value="2">
<div class="field"><label for="reason-2">r</label><input id="reason-2" name="reason" value="old" required></div>
<textarea id="note" name="note" rows="2">old</textarea>
<select id="post" name="post"><option value="a" selected>A</option><option value="b">B</option></select>
<input type="checkbox" name="open_to" value="x" checked> <input type="checkbox" name="open_to" value="y">
<input name="secret" type="password" value=""></form></details>"""


def shown(**typed: str) -> str:
    sent = [*{"csrf_token": "old", "key": "2", "post": "b", "open_to": "y", "secret": "s3cret"}.items(), *typed.items()]
    return with_refused(PAGE, "/lift", ImmutableMultiDict(sent), {"reason": "请填写原因"})


def test_everything_typed_comes_back_in_the_form_that_was_sent() -> None:
    page = shown(reason=' "<b> ', note="two\nlines")
    first, sent = page.split("<details open>")
    assert "请填写原因" not in first
    assert "reason-1" in first
    assert 'value=" &#34;&lt;b&gt; "' in sent
    assert ">two\nlines</textarea>" in sent
    assert '<option value="a">' in sent
    assert '<option value="b" selected>' in sent
    assert '<input type="checkbox" name="open_to" value="x">' in sent
    assert '<input type="checkbox" name="open_to" value="y" checked>' in sent
    assert "s3cret" not in page


def test_the_sentence_stands_at_the_field() -> None:
    page = shown(reason="  ")
    error = page.index('<div class="field-error" id="reason-2-error">')
    field = page.index('<input id="reason-2"')
    assert error < field
    assert 'aria-describedby="reason-2-error" aria-invalid="true"' in page[field:]
    assert page.count("请填写原因") == 1


def test_a_field_that_says_it_itself_says_it_once() -> None:
    said = PAGE.replace('<input id="reason-2"', '<div id="reason-2-error">!</div><input id="reason-2"')
    page = with_refused(said, "/lift", ImmutableMultiDict({"key": "2", "reason": " "}), {"reason": "请填写原因"})
    assert "请填写原因" not in page


def test_a_page_without_the_form_stays_as_it_is() -> None:
    assert with_refused(PAGE, "/other", ImmutableMultiDict({"key": "2"}), {}) == PAGE
    assert with_refused(PAGE, "/lift", ImmutableMultiDict({"key": "3"}), {}) == PAGE


def test_of_two_forms_for_one_row_the_one_with_everything_that_was_sent_is_filled() -> None:
    row = '<input type="hidden" name="id" value="1">'
    rename = f'<form method="post" action="/s">{row}<input name="name" value="a"></form>'
    close = f'<form method="post">{row}<input type="hidden" name="act" value="close">'
    page = f"<details>{rename}</details><details>{close}</form></details>"
    sent = {"id": "1", "act": "close"}
    closed = with_refused(page, "/s", ImmutableMultiDict(sent), {})
    assert closed == f"<details>{rename}</details><details open>{close}</form></details>"
    renamed = with_refused(page, "/s", ImmutableMultiDict({"id": "1", "name": "b"}), {})
    assert renamed.startswith("<details open>")
    assert 'value="b"' in renamed


def test_the_summary_leads_to_the_fields_of_the_form_that_was_sent() -> None:
    summary = (
        '<div class="notice error" role="alert" id="error-summary"><a href="#reason">!</a><a href="#x">?</a></div>'
    )
    typed = ImmutableMultiDict({"key": "2", "reason": " "})
    page = with_refused(summary + PAGE, "/lift", typed, {"reason": "请填写原因"})
    assert '<a href="#reason-2">!</a><a href="#x">?</a></div>' in page
    assert with_refused(summary + PAGE, "/other", typed, {}) == summary + PAGE
