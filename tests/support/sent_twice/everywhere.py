"""Forms that the kit gives every console: signing out, and a decision on a dead letter."""

from uuid import uuid4

from tests.support.fuzz.services import Attacked
from tests.support.sent_twice.identity import person_of
from tests.support.sent_twice.walk import Case, Form

_LETTER = """
INSERT INTO dead_letter (id, source, handler, message_id, subject, payload, headers, code, attempts, trace_id, died_at)
VALUES ('{letter}', 'job', 'unheard-of', '{letter}', '', '', '{{}}', 'X', 1, '', now())
"""
HOME = {"identity": "/account", "wifi-portal": "/console"}


async def sign_out(attacked: Attacked) -> Form:
    browser = await attacked.browser()
    await browser.get(HOME.get(attacked.service, "/"))
    return Form(browser, "/sign-out")


async def retry(attacked: Attacked) -> Form:
    return await _letter(attacked, "retry")


async def discard(attacked: Attacked) -> Form:
    return await _letter(attacked, "discard", reason="试过了")


async def _letter(attacked: Attacked, decision: str, **fields: str) -> Form:
    letter = str(uuid4())
    await attacked.rows(_LETTER.format(letter=letter))
    operator = await person_of(attacked, "operator01") if attacked.service == "identity" else ""
    browser = await attacked.browser(operator)
    await browser.get("/dead-letters")
    return Form(browser, f"/dead-letters/{letter}/{decision}", fields)


CASES = (
    Case("/sign-out", sign_out, signs_out=True),
    Case("/dead-letters/{letter_id:uuid}/retry", retry),
    Case("/dead-letters/{letter_id:uuid}/discard", discard),
)
