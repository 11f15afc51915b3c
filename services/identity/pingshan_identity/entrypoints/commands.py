"""Commands of identity's process, beside those of the kit."""

from pingshan_identity.domain.errors import ReceiptRefused
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.sign_out.verify_receipt import verify_receipt


async def receipt_holds(deps: Dependencies, text: str) -> tuple[bool, str]:
    """Returns whether the receipt of a sign-out is ours, and a line that says whose, when and how many confirmed, or
    why not.
    """
    try:
        checked = await verify_receipt(deps, text=text)
    except ReceiptRefused:
        return False, "refused: changed, no receipt, or not signed by this issuer"
    claims, systems = checked.claims, checked.claims["systems"]
    confirmed = sum(each["state"] == "confirmed" for each in systems)
    return True, (
        f"valid: sign-out {claims['sign_out_id']} of person {claims['sub']}, asked for {claims['requested_at']}, "
        f"complete {claims['completed_at']}, {confirmed}/{len(systems)} systems confirmed, key {checked.kid}"
    )
