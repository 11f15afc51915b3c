"""Pages of sign-outs: the live board, the receipt, and its verification."""

from datetime import datetime
from uuid import UUID

from pingshan_kit.auth import actor
from pingshan_ui import render
from pingshan_values.shanghai import moment_of
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pingshan_identity.domain.access import SECURITY_ADMINISTRATOR, AdministrativeAct
from pingshan_identity.domain.errors import ReceiptRefused, SignOutNotFound
from pingshan_identity.entrypoints.sessions.own_sessions import administrators_page, own_page
from pingshan_identity.entrypoints.shared import page_with
from pingshan_identity.entrypoints.sign_out.held_sign_outs import HeldSignOuts
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_out.list_sign_outs import list_sign_outs
from pingshan_identity.usecases.sign_out.read_sign_out import Board, read_sign_out
from pingshan_identity.usecases.sign_out.retry_logout import RetryLogout, retry_logout
from pingshan_identity.usecases.sign_out.verify_receipt import verify_receipt


class SignOutBoards:
    def __init__(self, settings: Settings, deps: Dependencies) -> None:
        self._deps = deps
        self._held = HeldSignOuts(settings)
        self.routes: list[BaseRoute] = [
            Route("/sign-outs", own_page(self._own)),
            Route("/sign-outs/{sign_out_id:uuid}", self._board),
            Route("/sign-outs/{sign_out_id:uuid}/receipt", self._receipt),
            Route("/sign-outs/{sign_out_id:uuid}/receipt.jws", self._download),
            Route(
                "/sign-outs/{sign_out_id:uuid}/retry",
                administrators_page(self._retry, AdministrativeAct.RETRY_LOGOUT),
                methods=["POST"],
            ),
            Route("/admin/sign-outs", administrators_page(self._all, AdministrativeAct.LIST_SIGN_OUTS)),
            Route("/receipts/verify", self._verify, methods=["GET", "POST"]),
        ]

    async def _own(self, request: Request) -> Response:
        page = await list_sign_outs(self._deps, actor(request), everybody=False, before=_before(request))
        return render(request, "sign_out/sign_outs.html", page=page, everybody=False, open_only=False, wide=True)

    async def _all(self, request: Request) -> Response:
        open_only = request.query_params.get("open") == "true"
        page = await list_sign_outs(
            self._deps,
            actor(request),
            everybody=True,
            open_only=open_only,
            person_id=_uuid(request.query_params.get("person", "")),
            before=_before(request),
        )
        return render(request, "sign_out/sign_outs.html", page=page, everybody=True, open_only=open_only, wide=True)

    async def _board(self, request: Request) -> Response:
        board = await self._read(request)
        can_retry = SECURITY_ADMINISTRATOR in actor(request).roles
        return render(request, "sign_out/sign_out_board.html", board=board, can_retry=can_retry, wide=True)

    async def _receipt(self, request: Request) -> Response:
        board = await self._read(request)
        if board.sign_out.receipt is None:
            return RedirectResponse(f"/sign-outs/{board.sign_out.sign_out_id}", 303)
        return render(request, "sign_out/sign_out_receipt.html", board=board)

    async def _download(self, request: Request) -> Response:
        board = await self._read(request)
        if board.sign_out.receipt is None:
            raise SignOutNotFound
        name = f"sign-out-{board.sign_out.sign_out_id}.jws"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return PlainTextResponse(board.sign_out.receipt, headers=headers, media_type="application/jose")

    async def _read(self, request: Request) -> Board:
        return await read_sign_out(
            self._deps,
            actor(request),
            sign_out_id=request.path_params["sign_out_id"],
            held=self._held.of(request),
        )

    async def _retry(self, request: Request) -> Response:
        sign_out_id: UUID = request.path_params["sign_out_id"]
        client_id = str((await request.form()).get("client_id", ""))[:100]
        await retry_logout(self._deps, actor(request), RetryLogout(sign_out_id, client_id))
        return RedirectResponse(f"/sign-outs/{sign_out_id}", 303)

    async def _verify(self, request: Request) -> Response:
        """Verifies a receipt for anybody who has one, for example a personnel office or a court."""
        if request.method == "GET":
            return render(request, "sign_out/receipt_verify.html", error=None, checked=None, text="")
        text = str((await request.form()).get("receipt", ""))
        try:
            checked = await verify_receipt(self._deps, text=text)
        except ReceiptRefused as error:
            return page_with(request, "sign_out/receipt_verify.html", error, checked=None, text=text[:20_000])
        return render(request, "sign_out/receipt_verify.html", error=None, checked=checked, text=text)


def _before(request: Request) -> datetime | None:
    return moment_of(request.query_params.get("before", ""))


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
