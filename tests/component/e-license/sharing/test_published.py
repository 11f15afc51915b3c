"""Where the district publishes over-asking, everybody sees how often who did it, and nothing else."""

from collections.abc import AsyncIterator

import pytest
from pingshan_e_license.domain.errors import OverAsked
from pingshan_e_license.domain.sharing.answer import Asked
from pingshan_e_license.usecases.sharing.request_data import request_data

from tests.support.e_license.service import RunningService, run_e_license
from tests.support.e_license.sharing import WATER, about_company
from tests.support.platform import TestPlatform


@pytest.fixture(scope="module")
async def publishing(platform: TestPlatform) -> AsyncIterator[RunningService]:
    async with run_e_license(platform, publish_over_asking=True) as service:
        yield service


async def test_page_and_document(publishing: RunningService) -> None:
    await request_data(publishing.given, WATER, about_company())
    with pytest.raises(OverAsked):
        await request_data(publishing.given, WATER, about_company(asked=Asked(("domicile", "secret"), ())))
    async with publishing.pages() as browser:
        assert "/sharing/over-asking" in (await browser.get("/sharing")).text
        for language, words in (("zh-Hans", "超范围"), ("en", "Asked too much")):
            html = (await browser.get(f"/sharing/over-asking?language={language}")).text
            assert words in html
            assert "water" in html
        document = (await browser.client.get("/v1/sharing/over-asking")).json()
    assert document["over_asking"] == [{"requester": "water", "over_asked": 1}]
    assert set(document) == {"first_day", "last_day", "over_asking"}
