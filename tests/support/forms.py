"""A double click: one form of a page, sent twice at the same time."""

import asyncio

import httpx

from tests.support.workflow.browser import hidden_fields


async def twice(
    client: httpx.AsyncClient, shown: str, action: str, fields: dict[str, str], headers: dict[str, str]
) -> tuple[httpx.Response, httpx.Response]:
    """`shown`: the page whose form posts to `action`."""
    form = hidden_fields(shown, action)
    assert form["form_key"], shown
    return await asyncio.gather(
        client.post(action, data=form | fields, headers=headers),
        client.post(action, data=form | fields, headers=headers),
    )


def leads_to(answers: tuple[httpx.Response, httpx.Response]) -> str:
    """Where both lead."""
    first, second = answers
    assert (first.status_code, second.status_code) == (303, 303), (first.text, second.text)
    assert first.headers["location"] == second.headers["location"]
    return str(first.headers["location"])
