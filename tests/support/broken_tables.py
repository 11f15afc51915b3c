"""Tables that refuse every row, so that PostgreSQL's DETAIL shows it, and marked values in every act that writes."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import grpc
import httpx
import nats
from google.protobuf.message_factory import GetMessageClass
from temporalio.client import Client

from tests.support.canaries import CANARIES, MOBILE, NAME, PASSWORD, TOKEN
from tests.support.fuzz import messages
from tests.support.fuzz.requests import sample_of
from tests.support.fuzz.services import Attacked
from tests.support.platform import TestPlatform
from tests.support.sent_twice.walk import Case, Form, tables_of

SAID = " ".join(CANARIES)
_NUMBER = MOBILE.removeprefix("+86")
_URL = f"https://1.1.1.1/robot/{TOKEN}/send?access_token={TOKEN}"
_MARKED: Mapping[str, str] = {
    **dict.fromkeys(("name", "holder_name", "agent_name", "applicant_name", "name_zh"), NAME),
    **dict.fromkeys(("attributes.legal_representative", "form.legal_representative"), NAME),
    **dict.fromkeys(("mobile", "mobile_number", "agent_mobile"), _NUMBER),
    **dict.fromkeys(("reason", "note", "comment", "purpose", "legal_basis"), SAID),
    **dict.fromkeys(("attributes.premises", "form.shop_name", "form.premises"), SAID),
    **dict.fromkeys(("url", "redirect_uris"), _URL),
    "name_en": TOKEN,
    "new": PASSWORD,
}
_LEFT_WHOLE = frozenset(
    {"sso_session", "page_session", "outbox", "event_log", "sign_in_attempt", "alembic_version", "job", "dead_letter"}
)
"""Without them nobody would come as far as an act, and no job would run."""


async def break_all(attacked: Attacked) -> None:
    for table in set(await tables_of(attacked)) - _LEFT_WHOLE:
        await attacked.rows(f"ALTER TABLE {table} ADD CONSTRAINT never CHECK (false) NOT VALID")


async def begun(attacked: Attacked, cases: Iterable[Case]) -> list[Form]:
    """All forms, filled in with marked values."""
    forms = []
    for case in cases:
        form = await case.begin(attacked)
        form.fields = {name: _MARKED.get(name, value) for name, value in form.fields.items()}
        forms.append(form)
    return forms


class Marked(dict[str, str]):
    """What exists, by name; for every other name that is no id, the marked values."""

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - it is `get` itself

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or not str(name).endswith("_id")

    def __missing__(self, name: str) -> str:
        return SAID


async def call_all(attacked: Attacked, services: dict[str, Attacked], known: Mapping[str, str]) -> None:
    """Calls every operation and every method once, with the marked values in all texts."""
    marked = Marked(known)
    async with httpx.AsyncClient(base_url=attacked.url, timeout=20, trust_env=False) as client:
        for route in attacked.routes():
            if route.is_api and route.method == "POST" and route.document is not None:
                path = route.path.replace("{", "").replace("}", "")
                headers = {"Authorization": f"Bearer {await attacked.bearer()}", "Idempotency-Key": str(uuid4())}
                document = sample_of(route.document, route.document, marked)
                await client.post(path, json=document, headers=headers, params={"q": TOKEN})
    async with grpc.aio.insecure_channel(f"127.0.0.1:{attacked.bound.fields['grpc_port']}") as channel:
        for method in messages.methods(attacked.service):
            request = messages.right_message(GetMessageClass(method.input_type)(), marked)
            for metadata in await attacked.grpc_callers(messages.name_of(method), services):
                with suppress(grpc.aio.AioRpcError):
                    call = channel.unary_unary(f"/{messages.name_of(method)}")  # type: ignore[call-arg]
                    await call(request.SerializeToString(), timeout=10, metadata=metadata)


async def told(platform: TestPlatform, services: Mapping[str, Attacked]) -> dict[str, str]:
    """What all services wrote of themselves, by where it stands; they are stopped, so that nothing waits to be sent."""
    kept = []
    for each in services.values():
        for table in ("dead_letter", "job"):
            kept += await each.rows(f"SELECT (to_jsonb(t) - 'payload')::text FROM {table} t")
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        figures = [(await client.get(f"{each.url}/readyz")).text for each in services.values()]
    for running in platform.running:
        await asyncio.to_thread(running.stop)
    logs = (running.log_file.read_text("utf-8", "replace") for running in platform.running)
    spans = (file.read_text("utf-8", "replace") for file in (platform.folder / "spans").rglob("*") if file.is_file())
    return {
        "logs": "\n".join(logs),
        "spans": "\n".join(spans),
        "figures": "\n".join(figures),
        "error columns": repr(kept),
        "streams": await _streams(platform),
        "histories": await _histories(platform),
    }


async def _streams(platform: TestPlatform) -> str:
    client = await nats.connect(platform.addresses.nats, **platform.nats_admin())
    jetstream, found = client.jetstream(), []
    for stream in await jetstream.streams_info():
        for number in range(max(stream.state.first_seq, 1), stream.state.last_seq + 1):
            with suppress(nats.js.errors.NotFoundError):
                message = await jetstream.get_msg(str(stream.config.name), number)
                found.append(f"{message.subject} {message.headers} {(message.data or b'').decode('utf-8', 'replace')}")
    await client.close()
    return "\n".join(found)


async def _histories(platform: TestPlatform) -> str:
    client = await Client.connect(platform.addresses.temporal, namespace=platform.addresses.temporal_namespace)
    found = []
    async for each in client.list_workflows():
        handle = client.get_workflow_handle(each.id, run_id=each.run_id)
        found += [(await handle.fetch_history()).to_json(), str((await handle.describe()).raw_description)]
    return "\n".join(found)
