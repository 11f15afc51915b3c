"""Commands of identity's process, beside those of the kit."""

from pingshan_kit.errors import refusal
from pingshan_values.actor import Actor, ActorKind
from pingshan_values.errors import DomainError

from pingshan_identity.domain.errors import ReceiptRefused
from pingshan_identity.entrypoints.errors import ERRORS
from pingshan_identity.usecases.dependencies import Dependencies
from pingshan_identity.usecases.people.break_glass import BreakGlass, break_glass
from pingshan_identity.usecases.people.read_duties import vacant_duties
from pingshan_identity.usecases.sign_out.verify_receipt import verify_receipt

_ITSELF = Actor(kind=ActorKind.SERVICE, service="identity")


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


async def emergency_appointment(deps: Dependencies, command: BreakGlass) -> tuple[bool, str]:
    """Returns whether the vacant duty was filled, and the lines that hand over the secrets, or say why not."""
    try:
        appointed = await break_glass(deps, _ITSELF, command)
    except DomainError as error:
        refused = refusal(error, ERRORS)
        return False, f"{refused.sentence('zh-Hans')} {refused.sentence('en')}"
    return True, "\n".join(
        (
            f"{command.login_name} 担任 {command.duty}  holds {command.duty} from now on",
            f"初始密码  first password: {appointed.password}",
            f"登记码，24 小时内有效，只显示这一次  enrolment code, 24 h, shown once: {appointed.enrolment_code}",
        )
    )


async def duties_report(deps: Dependencies) -> tuple[bool, str]:
    """Returns True, and a line that says which of the separated duties nobody holds."""
    roles = await vacant_duties(deps, _ITSELF)
    return True, f"vacant: {', '.join(roles)}" if roles else "every duty is held"
