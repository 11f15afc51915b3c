"""The stage on which every act of the demo plays: who plays, where, and what happened before."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from pingshan_tools.addresses import SIMULATORS, Addresses, Ports
from pingshan_tools.demo.browser import Browser, Page, Stuck
from pingshan_tools.launcher import outside
from pingshan_tools.launcher.places import Places
from pingshan_tools.sign_ins import code_now

Say = Callable[[str], None]

_CODE_FORM = "/sign-in/second-factor/totp"
_CODES = 3
"""Codes that a person tries: the first may be used up, and guessing is slowed down."""
_STEP = 30
"""Seconds for which an authenticator shows a code."""


@dataclass
class Stage:
    """Keeps one run of the demo: its people's browsers, and in a file what its acts left."""

    run_id: str
    ports: Ports
    places: Places
    say: Say
    done: dict[str, dict[str, str]] = field(default_factory=dict)
    """Act → what it left for later acts and for the reader: ids and addresses."""
    _browsers: dict[str, Browser] = field(default_factory=dict)

    @classmethod
    def resume(cls, run_id: str, ports: Ports, places: Places, say: Say) -> "Stage":
        """Returns the run as it was left, or a new one."""
        stage = cls(run_id, ports, places, say)
        if stage._file.exists():
            stage.done = json.loads(stage._file.read_text("utf-8"))
        return stage

    def url(self, service: str, path: str = "/") -> str:
        return f"{self._addresses.origin(service)}{path}"

    def simulator(self, path: str) -> str:
        return f"{self._addresses.origin(SIMULATORS)}{path}"

    @property
    def _addresses(self) -> Addresses:
        return outside.addresses(self.places, self.ports, outside.from_environment())

    def uuid(self, name: str) -> UUID:
        """Returns the request id of an act, the same in every attempt of the run, so that the act happens once."""
        return uuid5(NAMESPACE_URL, f"pingshan-demo:{self.run_id}:{name}")

    def moment(self, name: str) -> str:
        """Returns when something was seen (RFC 3339), decided once for the run: a repeated call says the same."""
        seen = self.done.setdefault("moments", {})
        if name not in seen:
            self.keep("moments", {**seen, name: datetime.now(UTC).isoformat(timespec="seconds")})
        return self.done["moments"][name]

    def keep(self, act: str, left: dict[str, str]) -> None:
        self.done[act] = left
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.touch(mode=0o600)  # it names visitors' numbers and codes
        new.write_text(json.dumps(self.done, ensure_ascii=False, indent=1), encoding="utf-8")
        new.rename(self._file)

    def open(self, login: str, service: str, path: str = "/") -> Page:
        """Returns the page as this person sees it; the first visit signs in, and only the first. Raises Stuck."""
        browser = self.browser(login)
        page = browser.open(self.url(service, path))
        return self._sign_in(login, browser, page) if _asks_to_sign_in(page) else page

    def submit(self, login: str, page: Page, action: str, values: dict[str, str]) -> Page:
        """Sends a form as this person. Raises Stuck where the answer is a refusal."""
        answer = self.browser(login).submit(page, action, values)
        if answer.status >= 400:
            raise Stuck(f"{login} was refused at {answer.url}: {answer.status} {_main_text(answer)}")
        return answer

    def browser(self, login: str) -> Browser:
        return self._browsers.setdefault(login, Browser())

    def _sign_in(self, login: str, browser: Browser, page: Page) -> Page:
        self.say(f"{login} 登录 · signs in")
        values = {"login": login, "password": self._password(login)}
        page = browser.submit(page, "/sign-in", values)
        if _asks_for_code(page):
            page = self._give_code(login, browser, page)
        if _asks_to_sign_in(page) or page.status >= 400:
            raise Stuck(f"{login} could not sign in: {_main_text(page)}")
        return page

    def _give_code(self, login: str, browser: Browser, page: Page) -> Page:
        """Gives a code of the authenticator; it counts once, so a second run within 30 s waits for the next one."""
        for _ in range(_CODES):
            answer = browser.submit(page, _CODE_FORM, {"code": code_now(self._known(), login)})
            if not _asks_for_code(answer):
                return answer
            page = answer
            self.say(f"{login} 等待下一个验证码 · waits for the next code")
            time.sleep(_STEP - time.time() % _STEP + 1)
        return page

    def _password(self, login: str) -> str:
        return self._known()["staff"][login]

    def _known(self) -> dict[str, dict[str, str]]:
        known: dict[str, dict[str, str]] = json.loads((self.places.secrets / "sign_ins.json").read_text("utf-8"))
        return known

    @property
    def _file(self) -> Path:
        return self.places.data / "demo" / f"{self.run_id}.json"


def _asks_for_code(page: Page) -> bool:
    return any(form.action.split("?")[0].endswith(_CODE_FORM) for form in page.forms)


def _asks_to_sign_in(page: Page) -> bool:
    return any(form.action.split("?")[0].endswith("/sign-in") for form in page.forms)


def _main_text(page: Page) -> str:
    text = page.html.partition("<main")[2].partition("</main>")[0]
    words = "".join(part.partition(">")[2] for part in text.split("<"))
    return " ".join(words.split())[:400]
