"""Errors about acts of administrators and dual control."""

from grpc import StatusCode
from pingshan_kit.errors import INVALID_REQUEST, ErrorRule, ErrorTable

from pingshan_identity.domain.audit.reason import NEEDED
from pingshan_identity.domain.errors import (
    AdministratorRequired,
    ChangeForOneself,
    ChangeNotFound,
    ChangeOpen,
    ChangeOutdated,
    ChangeOwn,
    DutyHeld,
    LastHolder,
    ProposerDismissed,
    ReasonRequired,
    RequestInvalid,
    TakesTwo,
)

ERRORS: ErrorTable = {
    RequestInvalid: INVALID_REQUEST,
    AdministratorRequired: ErrorRule(
        "IDENTITY_ADMINISTRATOR_REQUIRED",
        403,
        StatusCode.PERMISSION_DENIED,
        "这项操作由另一类管理员负责。系统、安全、审计三类管理员的权限相互分开。",
        "This belongs to an administrator of another kind: system, security and audit are kept apart.",
    ),
    ChangeNotFound: ErrorRule(
        "IDENTITY_CHANGE_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有找到这项申请，或它已经有人处理、已经过期。",
        "There is no such proposal, or it was decided or has lapsed.",
    ),
    ChangeOpen: ErrorRule(
        "IDENTITY_CHANGE_OPEN",
        409,
        StatusCode.ALREADY_EXISTS,
        "同一事项已有一项申请待审批（{proposed_at} 提出，编号 {change_id}）。请等它审批，或请提出人撤回后重新提出。",
        "The same act waits for a decision already (proposed on {proposed_at}, id {change_id}). Wait for the decision, "
        "or have its proposer withdraw it first.",
    ),
    ChangeOwn: ErrorRule(
        "IDENTITY_CHANGE_OWN",
        403,
        StatusCode.PERMISSION_DENIED,
        "不能审批自己提出的申请，请由另一位管理员审批。",
        "Nobody decides their own proposal. Another administrator must.",
    ),
    ChangeForOneself: ErrorRule(
        "IDENTITY_CHANGE_FOR_ONESELF",
        403,
        StatusCode.PERMISSION_DENIED,
        "不能为自己申请权限，也不能审批涉及自己的申请。请由另一位管理员办理。",
        "Nobody asks for power for themselves, or decides what concerns themselves. Another administrator must.",
    ),
    ChangeOutdated: ErrorRule(
        "IDENTITY_CHANGE_OUTDATED",
        409,
        StatusCode.ABORTED,
        "提出申请之后，申请的对象已经变化。请拒绝这项申请，核对后重新提出。",
        "What the proposal is about has changed since. Refuse it, look again, and have it proposed anew.",
    ),
    ProposerDismissed: ErrorRule(
        "IDENTITY_PROPOSER_DISMISSED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "提出人已经不再担任这类管理员，申请不能批准。请拒绝，由现任管理员重新提出。",
        "Who proposed this is no longer an administrator of that kind. Refuse it; one in office may propose it anew.",
    ),
    TakesTwo: ErrorRule(
        "IDENTITY_TAKES_TWO",
        403,
        StatusCode.PERMISSION_DENIED,
        "涉及管理员或您本人的改动须由两人审批。",
        "What concerns an administrator or yourself takes two.",
    ),
    LastHolder: ErrorRule(
        "IDENTITY_LAST_HOLDER",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这是该职责的最后一位管理员。请先由两人审批任命继任者；本人确已离任的，请登记离任。",
        "This is the last holder of the duty. Appoint a successor first; if they have gone for good, record that.",
    ),
    DutyHeld: ErrorRule(
        "IDENTITY_DUTY_HELD",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这项职责有人担任，不需要应急任命。",
        "Somebody holds this duty; nobody is appointed to it from the server.",
    ),
    ReasonRequired: ErrorRule(
        "IDENTITY_REASON_REQUIRED",
        422,
        StatusCode.INVALID_ARGUMENT,
        NEEDED.zh,
        NEEDED.en,
    ),
}
