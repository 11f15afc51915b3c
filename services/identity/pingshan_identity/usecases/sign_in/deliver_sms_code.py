"""Hand a code to alerts, which speaks to the carrier."""

import json
from uuid import UUID

from pingshan_kit.crypto import PersonalData
from pingshan_kit.storage.database import Database

from pingshan_identity.clients.notifications import Notifications
from pingshan_identity.domain.sign_in.sms_code import LIFE
from pingshan_identity.store.sign_in import sms_challenges

TEMPLATE = "sign-in-code"


async def deliver_sms_code(
    database: Database,
    personal: PersonalData,
    notifications: Notifications,
    *,
    challenge_id: UUID,
    sealed: str,
) -> None:
    """Idempotent at alerts by the challenge's id. `sealed`: as the job carries it.

    Raises rpc.RemoteError, Unavailable.
    """
    stored = bytes.fromhex(sealed)
    content = json.loads(personal.decrypt(stored, table="job", column="payload", row=str(challenge_id)))
    notification_id = await notifications.send(
        request_id=challenge_id,
        template_id=TEMPLATE,
        variables={"code": content["code"], "minutes": str(int(LIFE.total_seconds() // 60))},
        mobile=content["mobile"],
        language=content["language"],
    )
    async with database.begin() as tx:
        await sms_challenges.note_sent(tx, challenge_id, notification_id)
