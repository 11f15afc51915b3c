"""Errors of the topic renditions."""

from grpc import StatusCode
from pingshan_kit.errors import ErrorRule, ErrorTable

from pingshan_e_license.domain import errors

ERRORS: ErrorTable = {
    errors.FileUnreadable: ErrorRule(
        "E_LICENSE_FILE_UNREADABLE",
        422,
        StatusCode.INVALID_ARGUMENT,
        "这份文件读不了：{why_zh}。请换成原始的 PDF 或 OFD 文件，或按标识核验。",
        "This file cannot be read: {why_en}. Send the original PDF or OFD, or verify by the identifier.",
    ),
    errors.FileTooLarge: ErrorRule(
        "E_LICENSE_FILE_TOO_LARGE",
        413,
        StatusCode.INVALID_ARGUMENT,
        "文件超过 {megabytes} MB，读不了。",
        "The file is larger than {megabytes} MB, which is the most that is read.",
    ),
    errors.LicenseUnconfirmed: ErrorRule(
        "E_LICENSE_UNCONFIRMED",
        409,
        StatusCode.FAILED_PRECONDITION,
        "这张证照不能确认：登记的内容与签名或历次决定不一致，不能出具文件；请联系颁发机构。",
        "This licence is not confirmed: what is kept is not what was signed or decided, so no file is made of it; "
        "please ask the issuer.",
    ),
}
