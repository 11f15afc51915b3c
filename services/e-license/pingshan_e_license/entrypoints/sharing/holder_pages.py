"""Pages on which holders decide on consents and see every use of their data."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from pingshan_kit import clock
from pingshan_kit.auth import actor, protect
from pingshan_kit.errors import NotFound
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.errors import ConsentDecided, ConsentExpired
from pingshan_e_license.domain.sharing.consent import Consent
from pingshan_e_license.entrypoints.shared import Errors, errors_of, filled_of, request_id_of
from pingshan_e_license.entrypoints.sharing.sharing_api import receipt_document
from pingshan_e_license.entrypoints.sharing.sharing_pages import AGENTS
from pingshan_e_license.entrypoints.sharing.sharing_views import ConsentRow, Spoken, UseRow, consent_state
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.sharing.get_consent import get_consent
from pingshan_e_license.usecases.sharing.get_my_use import get_my_use
from pingshan_e_license.usecases.sharing.get_use_proof import get_use_proof
from pingshan_e_license.usecases.sharing.grant_consent import GrantConsent, grant_consent
from pingshan_e_license.usecases.sharing.list_consents import list_consents
from pingshan_e_license.usecases.sharing.list_my_uses import list_my_uses
from pingshan_e_license.usecases.sharing.list_sharing_items import list_sharing_items
from pingshan_e_license.usecases.sharing.list_types_by_code import list_types_by_code
from pingshan_e_license.usecases.sharing.name_organisations import name_organisations
from pingshan_e_license.usecases.sharing.refuse_consent import RefuseConsent, refuse_consent
from pingshan_e_license.usecases.sharing.withdraw_consent import WithdrawConsent, withdraw_consent

_FIXABLE = (ConsentDecided, ConsentExpired)


class HolderPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/mine/consents", protect(self.consents)),
            Route("/mine/consents/{consent_id}", protect(self.consent)),
            Route("/mine/consents/{consent_id}/grant", protect(self.grant), methods=["POST"]),
            Route("/mine/consents/{consent_id}/refuse", protect(self.refuse), methods=["POST"]),
            Route("/mine/consents/{consent_id}/withdraw", protect(self.withdraw), methods=["POST"]),
            Route("/mine/uses", protect(self.uses)),
            Route("/mine/uses/{use_id}/receipt", protect(self.receipt)),
            Route("/mine/uses/{use_id}/proof", protect(self.proof)),
        ]

    async def consents(self, request: Request) -> Response:
        token = request.query_params.get("page_token", "")
        page = await list_consents(self._deps, actor(request), page_token=token)
        rows = await self._consent_rows(page.items)
        return render(request, "sharing/consents.html", rows=rows, next_page_token=page.next_page_token)

    async def consent(self, request: Request) -> Response:
        return await self._consent_page(request, _id_of(request, "consent_id"))

    async def grant(self, request: Request) -> Response:
        consent_id = _id_of(request, "consent_id")
        try:
            command = GrantConsent(request_id_of(await filled_of(request)), consent_id)
            await grant_consent(self._deps, actor(request), command)
        except _FIXABLE as error:
            return await self._consent_page(request, consent_id, errors_of(request, error))
        return RedirectResponse(f"/mine/consents/{consent_id}", 303)

    async def refuse(self, request: Request) -> Response:
        consent_id = _id_of(request, "consent_id")
        try:
            command = RefuseConsent(request_id_of(await filled_of(request)), consent_id)
            await refuse_consent(self._deps, actor(request), command)
        except _FIXABLE as error:
            return await self._consent_page(request, consent_id, errors_of(request, error))
        return RedirectResponse(f"/mine/consents/{consent_id}", 303)

    async def withdraw(self, request: Request) -> Response:
        consent_id = _id_of(request, "consent_id")
        try:
            command = WithdrawConsent(request_id_of(await filled_of(request)), consent_id)
            await withdraw_consent(self._deps, actor(request), command)
        except _FIXABLE as error:
            return await self._consent_page(request, consent_id, errors_of(request, error))
        return RedirectResponse(f"/mine/consents/{consent_id}", 303)

    async def uses(self, request: Request) -> Response:
        token = request.query_params.get("page_token", "")
        mine = await list_my_uses(self._deps, actor(request), page_token=token)
        items = {each.code: each for each in await list_sharing_items(self._deps)}
        uses = [each.use for each in mine.page.items]
        wanted = {code for use in uses for code in use.types}
        wanted |= {code for use in uses if use.item in items for code in items[use.item].license_types}
        types = await list_types_by_code(self._deps, codes=wanted)
        names = await name_organisations(self._deps, codes={use.requester for use in uses if use.requester})
        rows = [
            UseRow(
                each,
                Spoken(items[each.use.item], types) if each.use.item in items else None,
                {code: types[code] for code in each.use.types if code in types},
                names[each.use.requester] if each.use.requester else None,
            )
            for each in mine.page.items
        ]
        return render(
            request,
            "sharing/uses.html",
            rows=rows,
            numbers=mine.numbers,
            agents=AGENTS,
            next_page_token=mine.page.next_page_token,
        )

    async def receipt(self, request: Request) -> Response:
        known = await get_my_use(self._deps, actor(request), use_id=_id_of(request, "use_id"))
        return _download(f"receipt-{known.use.use_id}.json", receipt_document(known).model_dump(mode="json"))

    async def proof(self, request: Request) -> Response:
        """Gives the proof that `/log` checks, and the command `pingshan log`."""
        use_id = _id_of(request, "use_id")
        proven = await get_use_proof(self._deps, actor(request), use_id=use_id)
        return _download(f"proof-{use_id}.json", proven.document())

    async def _consent_page(self, request: Request, consent_id: UUID, errors: Errors | None = None) -> Response:
        known = await get_consent(self._deps, actor(request), consent_id=consent_id)
        names = await name_organisations(self._deps, codes=[known.consent.requester])
        row = ConsentRow(
            known.consent,
            Spoken(known.of.item, known.of.types),
            names[known.consent.requester],
            consent_state(known.consent, clock.today()),
        )
        return render(
            request,
            "sharing/consent.html",
            status_code=409 if errors else 200,
            row=row,
            errors=errors or [],
            request_id=uuid4(),
        )

    async def _consent_rows(self, consents: tuple[Consent, ...]) -> list[ConsentRow]:
        items = {each.code: each for each in await list_sharing_items(self._deps)}
        codes = {code for each in consents for code in items[each.item].license_types}
        types = await list_types_by_code(self._deps, codes=codes)
        names = await name_organisations(self._deps, codes={each.requester for each in consents})
        return [
            ConsentRow(
                each,
                Spoken(items[each.item], types),
                names[each.requester],
                consent_state(each, clock.today()),
            )
            for each in consents
        ]


def _download(name: str, document: Mapping[str, Any]) -> Response:
    content = json.dumps(document, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/json", headers=headers)


def _id_of(request: Request, name: str) -> UUID:
    try:
        return UUID(request.path_params[name])
    except ValueError as error:
        raise NotFound from error
