import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import Markup
from pingshan_ui import PagesOnly, environment, render
from pingshan_ui.environment import Said, headed, octets, qr, url_with
from starlette.applications import Starlette
from starlette.requests import Request


def request_for(query: str = "", language: str | None = None, path: str = "/list", method: str = "GET") -> Request:
    app = Starlette()
    app.state.site = PagesOnly(environment(Path("/nonexistent"), zh="统一身份", en="Identity"))
    state = {"language": language, "csrf_token": '"><i>x'} if language else {}
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": [], "app": app, "state": state}
    return Request({**scope, "method": method, "server": ("localhost", 80), "scheme": "http", "root_path": ""})


def test_the_page_speaks_the_language_of_the_request() -> None:
    zh = render(request_for(), "ui/showcase.html").body.decode()
    en = render(request_for(language="en"), "ui/showcase.html").body.decode()
    assert 'lang="zh-Hans"' in zh
    assert "按钮" in zh
    assert "Buttons" in en
    assert "按钮" not in en


def test_templates_of_every_page_are_compiled_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(tmp_path, zh="甲", en="A")
    compiled: list[str | None] = []
    ordinary = Environment._parse  # noqa: SLF001

    def noted(self: Environment, source: str, name: str | None, filename: str | None) -> Any:
        compiled.append(name)
        return ordinary(self, source, name, filename)

    monkeypatch.setattr(Environment, "_parse", noted)
    environment(tmp_path, zh="乙", en="B").get_template("ui/base.html")
    assert compiled == []
    own = tmp_path / "templates" / "ui"
    own.mkdir(parents=True)
    (own / "base.html").write_text("another")
    assert environment(tmp_path, zh="丙", en="C").get_template("ui/base.html").render() == "another"
    (own / "base.html").write_text("changed")
    assert environment(tmp_path, zh="丙", en="C").get_template("ui/base.html").render() == "changed"
    assert compiled == ["ui/base.html"] * 2


def test_an_answer_to_a_form_is_there_in_both_languages() -> None:
    request = request_for(language="en", method="POST")
    wrong = Said(request, {"en": "<b> wrong", "zh-Hans": "<b> 不对"}.__getitem__)
    problem = {"status": 422, "detail": wrong, "code": "X", "trace_id": ""}
    page = render(request, "ui/error.html", problem=problem, retry=None).body.decode()
    assert "&lt;b&gt; wrong" in page
    assert "不对" not in page
    data = page.partition('<script type="application/json" id="other-language">')[2].partition("</script>")[0]
    assert "<" not in data, "it could end the script"
    other = json.loads(data)
    assert '<html lang="zh-Hans">' in other
    assert "&lt;b&gt; 不对" in other
    assert "other-language" not in other
    assert request.state.language == "en"
    opened = render(request_for(language="en"), "ui/error.html", problem=problem, retry=None).body.decode()
    assert "other-language" not in opened


def test_the_frame_sets_no_name_that_a_page_could_have() -> None:
    """Whatever it sets at its top, a page's macro of that name would be no longer."""
    frame = environment(Path("/nonexistent"), zh="", en="").get_template("ui/base.html")
    made = frame.make_module({"request": request_for()})
    assert {name for name in vars(made) if not name.startswith("_")} == set()


def test_values_are_escaped() -> None:
    page = render(request_for(language="en"), "ui/showcase.html").body.decode()
    assert '"><i>x' not in page


def test_url_keeps_the_other_parameters() -> None:
    request = request_for("q=food&page=3")
    assert url_with(request, page=4) == "/list?q=food&page=4"
    assert url_with(request, page=None) == "/list?q=food"
    assert url_with(request, q=None, page=None) == "/list"


def test_no_url_leads_to_another_host() -> None:
    assert url_with(request_for(path="//evil.example/x"), language="en") == "/evil.example/x?language=en"
    assert url_with(request_for(path="///evil.example/x")) == "/evil.example/x"


def test_moments_and_volumes_are_read_in_shanghai() -> None:
    env = environment(Path("/nonexistent"), zh="", en="")
    moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    assert env.filters["clock"](moment) == "2026-11-22 00:30"
    assert env.filters["instant"](moment.replace(second=5)) == "2026-11-22 00:30:05"
    assert env.filters["day"](moment) == "2026-11-22"
    assert [octets(n) for n in (0, 999, 1500, 500_000_000, 2 * 10**9)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "500.0 MB",
        "2.0 GB",
    ]


def test_identifier_copies_without_gaps() -> None:
    env = environment(Path("/nonexistent"), zh="", en="")
    assert (
        env.filters["groups"]("1.11440310<") == '<span class="part"><span>1.</span></span><wbr>'
        '<span class="part"><span>1144</span><span>0310</span><span>&lt;</span></span>'
    )


def test_an_identifier_that_comes_in_groups_keeps_them() -> None:
    env = environment(Path("/nonexistent"), zh="", en="")
    assert env.filters["groups"]("zctk-6qzc-kamat") == (
        '<span class="part"><span>zctk-</span><span>6qzc-</span><span>kama</span><span>t</span></span>'
    )


def test_qr_carries_no_text_into_the_page() -> None:
    assert "<script" not in qr("</svg><script>")


def test_a_cell_says_what_its_column_is() -> None:
    rows = Markup('<tr class="late"><td>1</td><td class="whole">&lt;td</td></tr><tr><td>2</td></tr>')
    assert headed(rows, ["编号", '"时限"']) == (
        '<tr role="row" class="late"><td role="cell" data-head="编号">1</td>'
        '<td role="cell" data-head="&#34;时限&#34;" class="whole">&lt;td</td></tr>'
        '<tr role="row"><td role="cell" data-head="编号">2</td></tr>'
    )


def listed(query: str, next_key: str, fields: dict[str, str] | None = None) -> str:
    source = '{% import "ui/components.html" as ui with context %}{{ ui.pages("after", next, fields) }}'
    template = environment(Path("/nonexistent"), zh="", en="").from_string(source)
    return template.render(request=request_for(query, "en"), next=next_key, fields=fields)


def test_a_list_has_a_next_page_a_way_back_and_an_end() -> None:
    assert listed("q=x", "").strip() == ""
    assert 'href="/list?q=x&amp;after=k2"' in listed("q=x", "k2")
    assert "first page" not in listed("q=x", "k2")
    middle = listed("q=x&after=k2", "k3")
    assert 'href="/list?q=x"' in middle
    assert "last page" not in middle
    end = listed("q=x&after=k3", "")
    assert 'href="/list?q=x"' in end
    assert "This is the last page" in end


def test_the_pages_of_a_search_by_post_keep_the_search_out_of_the_address() -> None:
    middle = listed("", "k3", {"q": "9144", "after": "k2"})
    assert "href" not in middle
    assert middle.count('name="q" value="9144"') == 2
    assert 'name="after" value=""' in middle
    assert 'name="after" value="k3"' in middle
