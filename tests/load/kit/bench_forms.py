"""480 of the same form at once, beside 480 different ones: `pytest -s tests/load/kit/bench_forms.py`.

What an anonymous caller can make the service do by sending one form often must not exceed what it can by sending many.
The act takes 0.1 s. CPU is that of this process: the service, and the browser that sends.
"""

import asyncio
import secrets
import time
from collections import Counter

import httpx
from pingshan_kit.storage.database import Database

from tests.support.kit.console import browser, console, csrf_token
from tests.support.kit.service import ELicense
from tests.support.load.figures import Figures

AT_ONCE, ROUNDS = 480, 3


async def test_the_same_form_at_once(settings: ELicense, publisher: Database, figures: Figures) -> None:
    same, different = [], []
    async with browser(console(settings, publisher), settings) as client:
        token = await csrf_token(client)
        for _ in range(ROUNDS):
            one = secrets.token_hex(32)
            different.append(await _sent(client, token, [secrets.token_hex(32) for _ in range(AT_ONCE)]))
            same.append(await _sent(client, token, [one] * AT_ONCE))
    for name, place in (("time", 0), ("CPU", 1)):
        values = [each[place] for each in same]
        figures.add(f"kit: {AT_ONCE} times one form at once, {name}", *values, unit="s")
        ratios = [mine[place] / other[place] for mine, other in zip(same, different, strict=True)]
        figures.add(f"kit: {name} of them", *ratios, peer=f"{AT_ONCE} forms at once", at_most=1)


async def _sent(client: httpx.AsyncClient, token: str, keys: list[str]) -> tuple[float, float]:
    """Seconds and seconds of CPU until all are answered."""
    forms = [{"csrf_token": token, "form_key": key, "wish": "busy"} for key in keys]
    began, cpu = time.monotonic(), time.process_time()
    answers = await asyncio.gather(*(client.post("/act", data=form, timeout=120) for form in forms))
    took = time.monotonic() - began, time.process_time() - cpu
    print(f"\n{len(set(keys))} forms: {took[0]:.2f} s, {took[1]:.2f} s of CPU, answers {_statuses(answers)}", end="")
    return took


def _statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))
