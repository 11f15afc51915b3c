"""The main job of the platform: the demo reaches its end, and a run that is continued does nothing twice."""

from collections import Counter

import pytest
from pingshan_tools.demo.run import ACTS

from tests.support.played import Played, decisions, left, licences

LICENCES = ["drainage-permit", "food-business-permit"]


def test_the_story_is_played_to_its_end(played: Played) -> None:
    assert set(played.done) >= set(ACTS)
    assert "全部完成 · all of it happened" in played.screen.getvalue()
    assert int(played.id("quota", "rate_kbps")) < int(played.id("online", "rate_kbps"))


async def test_the_case_ended_in_its_licences(played: Played) -> None:
    assert [type_ for type_, _ in await licences(played)] == LICENCES
    assert {state for _, state in await decisions(played)} == {"approved"}
    assert played.id("issue", "identifier").startswith("1.2.156.3005.2.")


async def test_everybody_concerned_was_told_once(played: Played) -> None:
    after = await left(played)
    assert {organisation for organisation, _, _ in after["deliveries"]} >= {"water", "street_maluan", "hall"}
    assert [organisation for (organisation,) in after["acknowledgements"]] == ["hall", "street_maluan", "water"]
    assert set(Counter(after["messages"]).values()) == {1}


async def test_a_finished_run_does_nothing_again(played: Played) -> None:
    before = await left(played)
    played.play()
    assert f"{len(ACTS)}/{len(ACTS)}" in played.screen.getvalue()
    assert await left(played) == before


@pytest.mark.parametrize("act", ACTS)
async def test_an_act_that_was_done_but_not_noted_is_not_done_twice(played: Played, act: str) -> None:
    """As if the run was killed just before it wrote down that the act is over."""
    before, ids = await left(played), played.done
    played.note({name: ids[name] for name in ids if name != act})
    played.play()
    now = played.done
    played.note(ids)
    slowed = {"rate_kbps": ids["quota"]["rate_kbps"]} if act == "online" else {}
    assert now == {**ids, act: ids[act] | slowed}
    assert await left(played) == before
