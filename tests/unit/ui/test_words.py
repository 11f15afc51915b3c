"""Every Chinese word that a page says has its English, in the place where the page looks for it."""

import re
from pathlib import Path

import pytest
from pingshan_ui.words import Words

ROOT = Path(__file__).parents[3]
UI = ROOT / "libs/ui/pingshan_ui"
WEBS = sorted(ROOT.glob("services/*/pingshan_*/web"))
MESSAGE = re.compile(r"""\b_\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")
CHINESE = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]")
"""Characters and punctuation."""
THINGS = re.compile(r"\{(?:n|count|days|minutes|seconds|total)\} (?:\w+ )?(?:\w+s|people)\b")
"""A number of things in English."""
NEVER_ONE = {
    "一次最多导出 {n} 行，最新的在前；有余下的，表格最后一行会说明，请按日期分次导出。",
    "一次最多导出 {n} 人；有余下的，表格最后一行会说明，请按单位分次导出。",
}
"""Messages with a limit that is never one."""


def messages(folder: Path) -> dict[str, Path]:
    found = {}
    for path in (*folder.rglob("*.html"), *folder.rglob("*.py")):
        for match in MESSAGE.finditer(path.read_text(encoding="utf-8")):
            found[match[1] or match[2]] = path
    return found


@pytest.mark.parametrize("web", [UI, *WEBS], ids=lambda path: path.parent.name)
def test_every_message_has_its_english(web: Path) -> None:
    words = Words(UI / "locale", web / "locale")
    sources = messages(web if web == UI else web.parent)
    missing = sorted(f"{text} ({path.name})" for text, path in sources.items() if text not in words.english)
    assert not missing


@pytest.mark.parametrize("web", [UI, *WEBS], ids=lambda path: path.parent.name)
def test_english_is_english_and_fills_the_same_values(web: Path) -> None:
    english = Words(web / "locale").english
    values = re.compile(r"\{(\w+)\}")
    assert [zh for zh, forms in english.items() if set(values.findall(zh)) != set(values.findall(forms[-1]))] == []
    assert [zh for zh, (one, *_) in english.items() if not set(values.findall(one)) <= set(values.findall(zh))] == []
    sentences = [each for forms in english.values() for each in forms]
    assert [en for en in sentences if CHINESE.search(en)] == []
    assert [en for en in sentences if re.search("[‘’“”]", en)] == [], "drawn full width by Chinese fonts"


def test_a_number_of_things_has_a_singular() -> None:
    plurals = {
        zh
        for web in (UI, *WEBS)
        for zh, forms in Words(web / "locale").english.items()
        if len(forms) == 1 and THINGS.search(forms[0])
    }
    assert plurals == NEVER_ONE


def test_one_thing_is_said_of_as_one(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    plural = 'msgid "{n} 个"\nmsgid_plural "{n} 个"\nmsgstr[0] "{n} system"\nmsgstr[1] "{n} systems"\n'
    (tmp_path / "en/messages.po").write_text(plural, encoding="utf-8")
    words = Words(tmp_path)
    assert [words("en", "{n} 个", n=n) for n in (0, 1, 2)] == ["0 systems", "1 system", "2 systems"]
    assert words("zh-Hans", "{n} 个", n=1) == "1 个"
    assert Words(UI / "locale")("en", "还剩 {n} 个工作日", n=1) == "1 working day left"


@pytest.mark.parametrize("web", [UI, *WEBS], ids=lambda path: path.parent.name)
def test_no_chinese_stands_in_a_template_outside_a_message(web: Path) -> None:
    loose = []
    for path in web.rglob("*.html"):
        text = re.sub(r"\{#.*?#\}|lang=\"zh-Hans\">[^<]*<", "", path.read_text(encoding="utf-8"), flags=re.S)
        text = MESSAGE.sub("", text)
        loose += [f"{path.name}: {line.strip()}" for line in text.splitlines() if CHINESE.search(line)]
    assert loose == []


@pytest.mark.parametrize("web", [UI, *WEBS], ids=lambda path: path.parent.name)
def test_a_notice_is_of_a_kind_that_has_a_style(web: Path) -> None:
    used = {
        (path.name, kind)
        for path in web.rglob("*.html")
        for kind in re.findall(r"ui\.notice\('(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert {each for each in used if each[1] not in {"info", "good", "warning", "error"}} == set()


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("返回地址", "Redirect URIs"),
        ("退出后返回地址", "Post-logout redirect URIs"),
        ("退出通知地址", "Back-channel logout URI"),
        ("系统编码", "Client ID"),
        ("请放宽查找条件。", "Please widen your search."),
    ],
)
def test_settings_of_systems_are_named_as_their_standards_name_them(zh: str, en: str) -> None:
    web = next(web for web in WEBS if web.parent.name == "pingshan_identity")
    assert Words(web / "locale").english[zh] == (en,)
