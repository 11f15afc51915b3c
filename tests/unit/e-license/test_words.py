"""Every sentence that a page can say has its English."""

import re
from pathlib import Path

import pingshan_e_license
import pingshan_ui
from pingshan_e_license.domain.license import State
from pingshan_e_license.entrypoints import attribute_fields as forms
from pingshan_e_license.entrypoints import views
from pingshan_e_license.entrypoints.issuing import issuer_key_pages
from pingshan_e_license.entrypoints.life_cycle import decision_pages
from pingshan_ui.words import Words

WEB = Path(pingshan_e_license.__file__).parent / "web"
ENGLISH = Words(Path(pingshan_ui.__file__).parent / "locale", WEB / "locale").english
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_templates() -> None:
    messages = {
        message
        for template in (WEB / "templates").rglob("*.html")
        for message in re.findall(r"_\('([^']+)'", template.read_text(encoding="utf-8"))
    }
    assert len(messages) > 80
    assert {each for each in messages if CHINESE.search(each)} - ENGLISH.keys() == set()


def test_messages_that_come_from_code() -> None:
    texts = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in (views, forms, decision_pages)]
    spoken = {text for source in texts for text in re.findall(r'"([^"\n]*[\u4e00-\u9fff][^"\n]*)"', source)}
    assert {views.STATES[state][0] for state in State} <= spoken
    assert {each for each in spoken if each != "、" and "{" not in each} - ENGLISH.keys() == set()


def test_words_of_keys() -> None:
    words = [*issuer_key_pages.REASONS.values(), *(word for word, _ in issuer_key_pages.STATES.values())]
    assert set(words) <= ENGLISH.keys()


def test_templates_speak_through_messages_only() -> None:
    """No bare Chinese outside of `_('…')`: it would stay Chinese on English pages."""
    for template in (WEB / "templates").rglob("*.html"):
        source = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.S)
        bare = re.sub(r"_\('[^']*'", "", source)
        found = CHINESE.findall(bare)
        assert not found, f"{template.name}: {''.join(found)}"
