"""Maps each refusal to its code, its HTTP and gRPC status and its sentences."""

from grpc import StatusCode
from pingshan_kit.errors import INVALID_REQUEST, KIT_ERRORS, ErrorRule, ErrorTable, Forbidden

from pingshan_workflow.domain import errors

ERRORS: ErrorTable = {
    errors.RequestInvalid: INVALID_REQUEST,
    errors.NotAllowed: KIT_ERRORS[Forbidden],
    errors.CaseNotFound: ErrorRule(
        "WORKFLOW_CASE_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这个办件，或您无权查看。",
        "There is no such case, or it is not yours to see.",
    ),
    errors.TaskNotFound: ErrorRule(
        "WORKFLOW_TASK_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有这个待办环节，或您无权查看。",
        "There is no such task, or it is not yours to see.",
    ),
    errors.ProcessUnknown: ErrorRule(
        "WORKFLOW_PROCESS_UNKNOWN", 404, StatusCode.NOT_FOUND, "没有这个事项。", "There is no such matter."
    ),
    errors.FormInvalid: ErrorRule(
        "WORKFLOW_FORM_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "申请表有几处需要修改，请按提示更正后重新提交。",
        "Some answers need to be corrected; please see the fields named and submit again.",
    ),
    errors.NotAssignee: ErrorRule(
        "WORKFLOW_NOT_ASSIGNEE",
        403,
        StatusCode.PERMISSION_DENIED,
        "这个环节由其他单位或岗位办理（{organisation}，{post}），您不能作决定。",
        "This step is decided by another organisation or post ({organisation}, {post}), not by you.",
    ),
    errors.OwnApplication: ErrorRule(
        "WORKFLOW_OWN_APPLICATION",
        403,
        StatusCode.PERMISSION_DENIED,
        "这是您本人提交或您代表的申请，须由其他人办理。",
        "You filed this application, or act for its applicant; somebody else has to decide it.",
    ),
    errors.AlreadyDecided: ErrorRule(
        "WORKFLOW_ALREADY_DECIDED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这个环节已由 {decided_by} 办理，您的决定没有生效。",
        "{decided_by} has already decided this step; your decision did not take effect.",
    ),
    errors.TaskNotOpen: ErrorRule(
        "WORKFLOW_TASK_NOT_OPEN",
        409,
        StatusCode.FAILED_PRECONDITION,
        "其他部门的结果已使这个环节不再需要办理，您的决定没有生效。",
        "The other departments' outcome settled this step; your decision did not take effect.",
    ),
    errors.CaseClosed: ErrorRule(
        "WORKFLOW_CASE_CLOSED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "办件 {case_id} 已经办结，不能再作决定。",
        "Case {case_id} has been closed; nothing can be decided any more.",
    ),
    errors.CaseStalled: ErrorRule(
        "WORKFLOW_CASE_STALLED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "办件 {case_id} 的流程与记录对不上（数据恢复所致），现在不能作决定；请联系系统管理员。您的决定没有生效。",
        "The process of case {case_id} and its record do not fit each other since data was restored, so nothing can be "
        "decided now; please ask the system administrator. Your decision did not take effect.",
    ),
    errors.NotResumable: ErrorRule(
        "WORKFLOW_NOT_RESUMABLE",
        409,
        StatusCode.FAILED_PRECONDITION,
        "办件 {case_id} 的流程不能重新启动：流程仍在，或办件记录不完整。请刷新页面。",
        "The process of case {case_id} cannot be started again: it is there, or the record of the case is not whole. "
        "Please load the page again.",
    ),
    errors.ReasonRequired: ErrorRule(
        "WORKFLOW_REASON_REQUIRED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不予通过必须写明理由（行政许可法第三十八条）。",
        "A rejection must give its reason (Administrative Licensing Law, Art. 38).",
    ),
    errors.ApplicantCodeInvalid: ErrorRule(
        "WORKFLOW_APPLICANT_CODE_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "申请人的统一社会信用代码或身份证号码不正确，或不适用于本事项。",
        "The applicant's credit code or person number is not correct, or not of the kind that this matter asks for.",
    ),
    errors.DefinitionInvalid: ErrorRule(
        "WORKFLOW_DEFINITION_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "流程定义有错误：{faults}。",
        "The definition has faults: {faults}.",
    ),
    errors.NotApplicant: ErrorRule(
        "WORKFLOW_NOT_APPLICANT",
        403,
        StatusCode.PERMISSION_DENIED,
        "您不能代这个申请人办理：须为其本人、法定代表人、代理人或窗口工作人员。",
        "You may not file for this applicant: only they, their legal representative or agent, or a counter clerk may.",
    ),
    errors.NotConfirmed: ErrorRule(
        "WORKFLOW_NOT_CONFIRMED",
        503,
        StatusCode.UNAVAILABLE,
        "审批引擎暂时没有回应，结果尚未确认。已填写的内容都在；请稍后原样再提交一次，不会重复办理。",
        "The approval engine has not answered yet, so the outcome is not confirmed. Nothing that you entered is lost: "
        "please submit the same once more in a moment; it is never done twice.",
    ),
}
