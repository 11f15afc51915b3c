"""Commands of identity's process beside those of the kit."""

from pingshan_kit.storage.database import Database

from pingshan_identity.domain.errors import ReceiptRefused
from pingshan_identity.settings import Settings
from pingshan_identity.usecases.sign_out.verify_receipt import verify_receipt


async def receipt_holds(settings: Settings, text: str) -> tuple[bool, str]:
    """Check the receipt of a sign-out: who, when and how many systems confirmed, or exit code 1."""
    database = Database.from_settings(settings)
    try:
        checked = await verify_receipt(database, issuer=settings.issuer, text=text)
    except ReceiptRefused:
        return False, "refused: changed, no receipt, or not signed by this issuer"
    finally:
        await database.close()
    claims, systems = checked.claims, checked.claims["systems"]
    confirmed = sum(each["state"] == "confirmed" for each in systems)
    return True, (
        f"valid: sign-out {claims['sign_out_id']} of person {claims['sub']}, asked for {claims['requested_at']}, "
        f"complete {claims['completed_at']}, {confirmed}/{len(systems)} systems confirmed, key {checked.kid}"
    )
