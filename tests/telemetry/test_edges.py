"""Every edge that edges.yaml declares is seen in a real trace of the platform, no other one is, and no span is lost."""

import asyncio
import json
import os
import signal
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from pingshan_tools.demo.stage import Stage
from pingshan_tools.edges import load
from pingshan_tools.traces.acts import Act, find
from pingshan_tools.traces.kept import SpanRecord, resource_spans_with, spans_of

from tests.support.journey import CONSOLES
from tests.support.played import Played
from tests.support.running import RunningPlatform

EDGES = load()
PUBLISHER = {subject: stream.service for stream in EDGES.streams for subject in stream.subjects}
CALLS = {(call.caller, call.callee, call.method) for call in EDGES.calls}
CONSUMED = {(PUBLISHER[edge.subject], edge.subject, edge.name) for edge in EDGES.durables}
WATCHED = {(PUBLISHER[edge.subject], edge.subject, edge.service) for edge in EDGES.watches}

_SILENCE = 5.5
"""Seconds after which services no longer rely on hearing of the end of sessions (pingshan_kit.trust.revocations)."""
_EXPORTED = 20.0
"""Seconds until every process has exported its spans: the SDK sends every 5 s."""


@dataclass(frozen=True)
class Traces:
    """Spans that were kept, by trace and id."""

    spans: tuple[SpanRecord, ...]

    @classmethod
    def read(cls, platform: RunningPlatform) -> "Traces":
        groups = resource_spans_with(platform.places.traces, "")
        return cls(tuple(span for group in groups for span in spans_of(group)))

    def pairs(self) -> Iterator[tuple[SpanRecord, SpanRecord]]:
        """(parent, child)."""
        known = {(span.trace_id, span.span_id): span for span in self.spans}
        for span in self.spans:
            if parent := known.get((span.trace_id, span.parent_id)):
                yield parent, span

    @property
    def calls(self) -> set[tuple[str, str, str]]:
        return {
            (parent.service, child.service, child.name)
            for parent, child in self.pairs()
            if parent.kind == "client" and child.kind == "server" and child.name.startswith("pingshan.")
        }

    def heard(self, word: str) -> set[tuple[str, str, str]]:
        """(publisher, subject, who): a `consume` or `watch` span whose parent is the publishing one."""
        return {
            (parent.service, parent.name.removeprefix("publish "), _who(child))
            for parent, child in self.pairs()
            if parent.kind == "producer" and child.kind == "consumer" and child.name.startswith(f"{word} ")
        }

    def began(self, start: int, end: int) -> list[Act]:
        """Whole traces whose first span began between two moments, in nanoseconds."""
        first: dict[str, int] = {}
        for span in self.spans:
            first[span.trace_id] = min(span.start, first.get(span.trace_id, span.start))
        grouped: dict[str, list[SpanRecord]] = {trace: [] for trace, at in first.items() if start <= at <= end}
        for span in self.spans:
            if span.trace_id in grouped:
                grouped[span.trace_id].append(span)
        return [Act(trace, tuple(spans)) for trace, spans in grouped.items()]


def _who(listener: SpanRecord) -> str:
    word, _, name = listener.name.partition(" ")
    return name if word == "consume" else listener.service


@pytest.fixture(scope="module")
async def traces(running_platform: RunningPlatform, played: Played) -> Traces:
    """After the demo, and after what the demo does not do: each edge's act has happened and was exported."""
    await _revoke(played)
    await asyncio.to_thread(_ask_for_sms_code, running_platform)
    await asyncio.to_thread(_give_back_a_grant, running_platform)
    await asyncio.to_thread(_withdraw_a_key, running_platform)
    await _stop_a_controller(running_platform)
    await _fill_a_vacant_duty(running_platform)
    await asyncio.to_thread(_silence, running_platform)
    end = time.monotonic() + _EXPORTED
    while True:
        traces = Traces.read(running_platform)
        complete = traces.calls >= CALLS and traces.heard("consume") >= CONSUMED and traces.heard("watch") >= WATCHED
        if (complete and not _orphans(traces, played)) or time.monotonic() > end:
            return traces
        await asyncio.sleep(1)


def _orphans(traces: Traces, played: Played) -> list[SpanRecord]:
    return [orphan for act in traces.began(*played.while_played) for orphan in act.orphans]


async def _revoke(played: Played) -> None:
    """The drainage permit of the case is suspended, then revoked, on its pages; holder and case learn of it."""
    query = "SELECT license_id::text FROM license WHERE case_id = $1 AND type = 'drainage-permit'"
    [(license_id,)] = await played.platform.rows("e-license", query, played.id("filing", "case_id"))
    stage = _people(played.platform)
    values = {"reason": "排水接管未按许可内容实施", "legal_basis": "城镇污水排入排水管网许可管理办法"}

    def act() -> None:
        for slug in ("suspend", "revoke"):
            page = stage.open("water01", "e-license", f"/licenses/{license_id}/{slug}")
            stage.submit("water01", page, f"/licenses/{license_id}/{slug}", values)
        stage.open("water01", "e-license", "/catalogue")

    await asyncio.to_thread(act)


def _ask_for_sms_code(platform: RunningPlatform) -> None:
    """Identity has alerts send it."""
    browser = _people(platform).browser("public")
    page = browser.open(f"{platform.url('identity')}/public/sign-in")
    mobile = next(iter(platform.sign_ins()["public"]))
    assert browser.submit(page, "/public/sign-in/code/send", {"mobile": mobile}).status == httpx.codes.OK


def _give_back_a_grant(platform: RunningPlatform) -> None:
    """A district system gives back what somebody's sign-in gave it; no service takes its tokens any more."""
    client_id, issuer, verifier = "oa", platform.url("identity"), token_urlsafe(32)
    redirect_uri = f"http://localhost:{platform.ports.simulators}/systems/{client_id}/sign-in/callback"
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    stage = _people(platform)
    stage.open("street_maluan01", "identity", "/account")
    back = stage.browser("street_maluan01").leads_to(f"{issuer}/authorize?{urlencode(asked)}")
    form = {"grant_type": "authorization_code", "redirect_uri": redirect_uri, "code_verifier": verifier}
    form["code"] = parse_qs(urlsplit(back).query)["code"][0]
    secrets = json.loads((platform.places.secrets / "client_secrets.json").read_text("utf-8"))["clients"]
    with httpx.Client(base_url=issuer, auth=(client_id, secrets[client_id])) as system:
        token = system.post("/token", data=form).raise_for_status().json()["access_token"]
        system.post("/revoke", data={"token": token}).raise_for_status()


def _withdraw_a_key(platform: RunningPlatform) -> None:
    """Two administrators replace the signing keys; every process of ours is told."""
    stage = _people(platform)
    page = stage.open("secadmin01", "identity", "/admin/changes")
    proposed = stage.submit(
        "secadmin01", page, "/admin/changes/propose", {"kind": "rotate-keys", "kid": "", "reason": "演练"}
    )
    path = urlsplit(proposed.url).path
    change = stage.open("admin01", "identity", path)
    stage.submit("admin01", change, f"{path}/decide", {"decision": "approved", "reason": "同意"})


async def _stop_a_controller(platform: RunningPlatform) -> None:
    """Not the one of the demo; and on again."""
    async with httpx.AsyncClient(base_url=f"http://localhost:{platform.ports.simulators}") as client:
        for power in (False, True):
            (await client.post("/nas/PS-NAS-01/power", json={"on": power})).raise_for_status()


async def _fill_a_vacant_duty(platform: RunningPlatform) -> None:
    """The auditor's, whose holder is away meanwhile; afterwards it is theirs again."""
    mine = "post = 'auditor' AND person_id IN (SELECT person_id FROM person WHERE login_name = $1)"
    ended = f"UPDATE person_post SET until = since WHERE {mine}"
    await platform.rows("identity", ended, "audit01")
    await asyncio.to_thread(platform.command, "break-glass", "auditor", "veterans01", "--reason", "drill")
    await platform.rows("identity", f"DELETE FROM person_post WHERE {mine}", "veterans01")
    await platform.rows("identity", f"UPDATE person_post SET until = NULL WHERE {mine}", "audit01")


def _silence(platform: RunningPlatform) -> None:
    """NATS stands still: every console asks identity whether its visitor's session lives. Then the visitor leaves."""
    stage = _people(platform)
    for service, path in CONSOLES.items():
        stage.open("operator01", service, path)
    nats = platform.pid("nats")
    os.kill(nats, signal.SIGSTOP)
    try:
        time.sleep(_SILENCE)
        for service, path in CONSOLES.items():
            assert stage.open("operator01", service, path).url.endswith(path)
    finally:
        os.kill(nats, signal.SIGCONT)
    stage.submit("operator01", stage.open("operator01", "identity", "/account"), "/sign-out", {})


def _people(platform: RunningPlatform) -> Stage:
    return Stage.resume("tests-edges", platform.ports, platform.places, lambda _: None)


def test_every_call_is_seen_and_no_other(traces: Traces) -> None:
    assert CALLS - traces.calls == set()
    assert traces.calls - CALLS == set()


def test_every_consumer_follows_its_publisher(traces: Traces) -> None:
    assert CONSUMED - traces.heard("consume") == set()
    assert traces.heard("consume") - CONSUMED == set()


def test_every_watch_follows_its_publisher(traces: Traces) -> None:
    assert WATCHED - traces.heard("watch") == set()
    assert traces.heard("watch") - WATCHED == set()


def test_no_span_of_the_demo_is_an_orphan(traces: Traces, played: Played) -> None:
    acts = traces.began(*played.while_played)
    assert len(acts) > 50
    assert [(span.service, span.name) for span in _orphans(traces, played)] == []


def test_acts_of_the_case_are_joined_by_its_id(played: Played) -> None:
    acts = find(played.platform.places.traces, played.id("filing", "case_id"))
    began = Counter(root.name for act in acts for root in act.roots)
    # Other tests of this platform repeat acts of the same case: a repeat is an act of its own, with no effect.
    assert began["POST /matters/{code}/submit"] >= 1
    assert began["POST /tasks/{task_id}/decision"] >= 5
    assert _services(acts) >= {"workflow", "e-license", "alerts", "identity"}
    assert [orphan for act in acts for orphan in act.orphans] == []


def test_the_issue_of_a_licence_hangs_on_the_decision_that_caused_it(played: Played) -> None:
    """From the click through Temporal and gRPC to the consumer of the event: one tree."""
    acts = find(played.platform.places.traces, played.id("issue", "license_id"))
    [act] = [act for act in acts if any(span.name.endswith("/IssueLicense") for span in act.spans)]
    assert [root.name for root in act.roots] == ["POST /tasks/{task_id}/decision"]
    names = {span.name for span in act.spans}
    assert "publish e-license.license.issued.v1" in names
    assert "consume alerts__notify-license-issued" in names
    assert _services([act]) >= {"workflow", "e-license", "alerts", "identity"}


def _services(acts: Iterable[Act]) -> set[str]:
    return {span.service for act in acts for span in act.spans}
