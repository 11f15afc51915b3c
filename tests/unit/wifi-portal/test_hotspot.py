"""What hotspots are called."""

import json
from importlib.resources import files

import pytest
from pingshan_wifi_portal.domain.hotspot import kind_text, name_text

_SEED = files("pingshan_wifi_portal").joinpath("seed/wifi_hotspots.json").read_text(encoding="utf-8")
KINDS = sorted({entry["kind"] for entry in json.loads(_SEED)["hotspots"]})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_english_name(kind: str) -> None:
    text = kind_text(kind)
    assert text.zh == kind
    assert text.en.isascii()
    assert text.en


def test_the_english_name_keeps_what_stands_on_the_sign() -> None:
    text = name_text("六和市场公交站", "公交站")
    assert (text.zh, text.en) == ("六和市场公交站", "六和市场公交站 (bus stop)")


def test_a_kind_that_is_new_is_shown_as_it_is() -> None:
    assert kind_text("码头").en == "码头"
