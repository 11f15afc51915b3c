"""Pages of the transparency log: the log for everybody, a licence's entries for those who may read it."""

import json
from base64 import b64encode
from datetime import datetime
from uuid import UUID

from pingshan_kit.auth import actor, protect
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.domain.errors import LogEntryNotFound, LogEntryPending, LogIsEmpty
from pingshan_e_license.domain.transparency.log_entry import EntryKind
from pingshan_e_license.entrypoints.shared import FIXABLE, errors_of, filled_of, license_id_of
from pingshan_e_license.usecases.dependencies import Dependencies
from pingshan_e_license.usecases.transparency.check_proof import LONGEST, CheckedProof, Finding, check_proof
from pingshan_e_license.usecases.transparency.get_checkpoint import LogHead, get_checkpoint
from pingshan_e_license.usecases.transparency.list_log_entries import list_log_entries

_KINDS = {
    EntryKind.LICENSE_ISSUED: "证照颁发",
    EntryKind.LICENSE_CHANGED: "证照状态变更",
    EntryKind.LICENSE_USED: "使用证照数据",
    EntryKind.KEY_CHANGED: "签名密钥变更",
}
_FINDINGS = {
    Finding.PROVEN: ("good", "证明有效：这条记录在日志中，内容没有改动。"),
    Finding.FOREIGN: ("warning", "检查点不是本日志签名的，无法在这里核对。"),
    Finding.CHANGED: ("error", "证明无效：记录或内容与日志不符，可能被改动。"),
}
"""Kind of notice and message id."""


class LogPages:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self.routes: list[BaseRoute] = [
            Route("/log", self.log, methods=["GET", "POST"]),
            Route("/licenses/{license_id}/log", protect(self.of_license)),
            Route("/licenses/{license_id}/log/{entry_id:uuid}", protect(self.download)),
        ]

    async def log(self, request: Request) -> Response:
        filled = await filled_of(request)
        checked, errors = None, []
        if request.method == "POST":
            try:
                checked = await check_proof(self._deps, document=filled.get("document", ""))
            except FIXABLE as error:
                errors = errors_of(request, error)
        head = await self._head()
        return render(
            request,
            "transparency/log.html",
            status_code=422 if errors else 200,
            head=head,
            root=b64encode(head.checkpoint.root).decode() if head else "",
            checked=checked,
            found=_found(checked) if checked else None,
            filled=filled,
            longest=LONGEST,
            errors=errors,
            error_of=dict(errors),
        )

    async def _head(self) -> LogHead | None:
        try:
            return await get_checkpoint(self._deps)
        except LogIsEmpty:
            return None

    async def of_license(self, request: Request) -> Response:
        license_id = license_id_of(request)
        entries = await list_log_entries(self._deps, actor(request), license_id=license_id)
        return render(request, "transparency/license_log.html", entries=entries, kinds=_KINDS, license_id=license_id)

    async def download(self, request: Request) -> Response:
        """Returns one proof document as a file, with what the entry says."""
        wanted: UUID = request.path_params["entry_id"]
        entries = await list_log_entries(self._deps, actor(request), license_id=license_id_of(request))
        found = {entry.entry_id: proof for entry, proof in entries}
        if wanted not in found:
            raise LogEntryNotFound
        proof = found[wanted]
        if proof is None:
            raise LogEntryPending
        headers = {"Content-Disposition": f'attachment; filename="log-entry-{wanted}.json"'}
        content = json.dumps(proof.document(), ensure_ascii=False, indent=2)
        return Response(content, media_type="application/json", headers=headers)


def _found(checked: CheckedProof) -> dict[str, object]:
    """Returns what the page says of a document that was checked; the values of `said` are message ids."""
    kind, said = _FINDINGS[checked.finding]
    leaf, opening = checked.proof.leaf, checked.proof.opening
    proven = checked.finding is Finding.PROVEN
    content = opening.content if opening and proven else {}
    return {
        "kind": kind,
        "said": said,
        "what": _KINDS.get(EntryKind(leaf["kind"])) if leaf["kind"] in set(EntryKind) else None,
        "leaf": leaf if proven else None,
        "recorded_at": datetime.fromisoformat(leaf["recorded_at"]) if proven else None,
        "number": checked.proof.index + 1,
        "content": sorted((name, _shown(value)) for name, value in content.items()),
    }


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
