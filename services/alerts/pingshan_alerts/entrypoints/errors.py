"""Maps each refusal to its code, its HTTP and gRPC status and its sentences."""

from grpc import StatusCode
from pingshan_kit.errors import INVALID_REQUEST, KIT_ERRORS, ErrorRule, ErrorTable, Forbidden
from pingshan_values.outside_address import AddressRefused

from pingshan_alerts.domain import errors

ERRORS: ErrorTable = {
    errors.NotAllowed: KIT_ERRORS[Forbidden],
    errors.RequestInvalid: INVALID_REQUEST,
    errors.AlertNotFound: ErrorRule(
        "ALERTS_ALERT_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有编号为 {alert_id} 的告警。",
        "There is no alert {alert_id}.",
    ),
    errors.AlertInvalid: ErrorRule(
        "ALERTS_ALERT_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "告警内容不正确：{zh}。",
        "The alert is not correct: {en}.",
    ),
    errors.DetectionInvalid: ErrorRule(
        "ALERTS_DETECTION_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "上报内容不符合约定：{zh}。",
        "The report breaks its contract: {en}.",
    ),
    errors.OutsideDistrict: ErrorRule(
        "ALERTS_OUTSIDE_DISTRICT",
        422,
        StatusCode.INVALID_ARGUMENT,
        "位置不在本区六个街道之内。",
        "The position is in none of the six streets of the district.",
    ),
    errors.AlreadyResolved: ErrorRule(
        "ALERTS_ALREADY_RESOLVED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "告警 {alert_id} 已经处置完毕。",
        "Alert {alert_id} has been resolved.",
    ),
    errors.NotARecipient: ErrorRule(
        "ALERTS_NOT_A_RECIPIENT",
        403,
        StatusCode.PERMISSION_DENIED,
        "告警 {alert_id} 没有通知您的单位，不能由您应答。",
        "Your organisation was not told of alert {alert_id}; it is not yours to answer.",
    ),
    errors.TemplateUnknown: ErrorRule(
        "ALERTS_TEMPLATE_UNKNOWN",
        404,
        StatusCode.NOT_FOUND,
        "没有编号为 {template_id} 的已批准短信模板。",
        "There is no approved SMS template {template_id}.",
    ),
    errors.TemplateNotOfCaller: ErrorRule(
        "ALERTS_TEMPLATE_NOT_OF_CALLER",
        403,
        StatusCode.PERMISSION_DENIED,
        "短信模板 {template_id} 不由 {caller} 发送。",
        "SMS template {template_id} is not sent by {caller}.",
    ),
    errors.TooManyMessages: ErrorRule(
        "ALERTS_TOO_MANY_MESSAGES",
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "{caller} 的短信模板 {template_id} 已达上限：{minutes} 分钟内最多 {most} 条，{seconds} 秒后可再发。",
        "{caller} has sent too many of SMS template {template_id}: at most {most} in {minutes} min; "
        "the next one in {seconds} s.",
    ),
    errors.TemplateVariablesInvalid: ErrorRule(
        "ALERTS_TEMPLATE_VARIABLES_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "短信模板 {template_id} 的变量不正确：{variables}。",
        "The variables of SMS template {template_id} are not correct: {variables}.",
    ),
    errors.MobileNumberInvalid: ErrorRule(
        "ALERTS_MOBILE_NUMBER_INVALID",
        422,
        StatusCode.INVALID_ARGUMENT,
        "手机号码不正确，应为 E.164 格式。",
        "The mobile number is not correct; it must be in E.164 form.",
    ),
    errors.NotificationNotFound: ErrorRule(
        "ALERTS_NOTIFICATION_NOT_FOUND",
        404,
        StatusCode.NOT_FOUND,
        "没有编号为 {notification_id} 的通知。",
        "There is no notification {notification_id}.",
    ),
    AddressRefused: ErrorRule(
        "ALERTS_WEBHOOK_ADDRESS_REFUSED",
        422,
        StatusCode.INVALID_ARGUMENT,
        "不能向这个地址推送：须为公网 https 地址。",
        "Nothing is sent to this address: it must be https and public.",
    ),
}
