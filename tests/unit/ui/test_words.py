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
    assert [zh for zh, en in english.items() if set(values.findall(zh)) != set(values.findall(en))] == []
    assert [zh for zh, en in english.items() if CHINESE.search(en)] == []
    assert [en for en in english.values() if re.search("[‘’“”]", en)] == [], "drawn full width by Chinese fonts"


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
    assert Words(web / "locale").english[zh] == en
