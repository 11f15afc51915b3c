"""Hands a code to alerts, which sends the SMS."""

import json
from dataclasses import dataclass
from uuid import UUID

from pingshan_identity.domain.sign_in.sms_code import LIFE
from pingshan_identity.store.sign_in import sms_challenges
from pingshan_identity.usecases.dependencies import Dependencies

TEMPLATE = "sign-in-code"


@dataclass(frozen=True, slots=True)
class DeliverSmsCode:
    challenge_id: UUID
    sealed: str
    """Content as the job carries it: encrypted, in hex."""


async def deliver_sms_code(deps: Dependencies, command: DeliverSmsCode) -> None:
    """Sends the code; a second call sends nothing more, since the challenge's id is the request's.

    Raises rpc.RemoteError, Unavailable.
    """
    row = str(command.challenge_id)
    stored = bytes.fromhex(command.sealed)
    content = json.loads(deps.personal.decrypt(stored, table="job", column="payload", row=row))
    notification_id = await deps.notifications.send(
        request_id=command.challenge_id,
        template_id=TEMPLATE,
        variables={"code": content["code"], "minutes": str(int(LIFE.total_seconds() // 60))},
        mobile=content["mobile"],
        language=content["language"],
    )
    async with deps.database.begin() as tx:
        await sms_challenges.note_sent(tx, command.challenge_id, notification_id)
