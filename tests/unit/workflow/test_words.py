"""Every word of the pages has its English, and none is left over."""

import re
from pathlib import Path

import pingshan_workflow
from pingshan_ui import Words

WEB = Path(pingshan_workflow.__file__).parent / "web"


def test_each_message_has_english_words() -> None:
    used = {
        message
        for template in (WEB / "templates").glob("*.html")
        for message in re.findall(r"_\('([^']*)'", template.read_text(encoding="utf-8"))
    }
    assert used == set(Words(WEB / "locale").english)
