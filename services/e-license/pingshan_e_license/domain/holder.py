"""Holders of licences, and the kinds of codes that name them (GB/T 36903)."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pingshan_values.credit_code import is_credit_code
from pingshan_values.errors import Violation
from pingshan_values.person_number import is_person_number
from pingshan_values.text import Text

from pingshan_e_license.domain.errors import HolderCodeInvalid

CREDIT_CODE = "001"
PERSON_NUMBER = "111"
_OTHER_CODE = re.compile(r"[0-9A-Z][0-9A-Z-]{3,63}")


class HolderKind(StrEnum):
    LEGAL = "legal"
    NATURAL = "natural"
    THING = "thing"


@dataclass(frozen=True, slots=True)
class CodeType:
    kind: HolderKind
    name: Text


def _legal(zh: str, en: str) -> CodeType:
    return CodeType(HolderKind.LEGAL, Text(zh, en))


def _natural(zh: str, en: str) -> CodeType:
    return CodeType(HolderKind.NATURAL, Text(zh, en))


CODE_TYPES = {
    CREDIT_CODE: _legal("统一社会信用代码", "Unified social credit code"),
    "099": _legal("其他法人或其他组织有效证件代码", "Other code of an organisation"),
    PERSON_NUMBER: _natural("公民身份号码", "Person number"),
    "114": _natural("中国人民解放军军官证编号", "Officer's card of the PLA"),
    "115": _natural("中国人民武装警察部队警官证编号", "Officer's card of the Armed Police"),
    "118": _natural("中国人民解放军士兵证编号", "Soldier's card of the PLA"),
    "119": _natural("中国人民武装警察部队士兵证编号", "Soldier's card of the Armed Police"),
    "120": _natural("中国人民解放军文职人员证编号", "Civilian's card of the PLA"),
    "122": CodeType(
        HolderKind.NATURAL, Text("中国人民武装警察部队文职人员证编号", "Civilian's card of the Armed Police")
    ),
    "411": _natural("外交护照护照号", "Diplomatic passport"),
    "412": _natural("公务护照护照号", "Service passport"),
    "413": _natural("公务普通护照护照号", "Public affairs passport"),
    "414": _natural("普通护照护照号", "Passport"),
    "511": _natural("台湾居民来往大陆通行证号码", "Taiwan residents' travel permit"),
    "516": CodeType(
        HolderKind.NATURAL, Text("港澳居民来往内地通行证号码", "Hong Kong and Macau residents' travel permit")
    ),
    "999": _natural("其他自然人有效证件代码", "Other code of a person"),
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Names who holds a licence; personal data where the holder is a person."""

    name: str = field(repr=False)
    code: str = field(repr=False)
    code_type: str

    def stripped(self) -> "Holder":
        """Returns the holder without the spaces around name and code."""
        return Holder(self.name.strip(), self.code.strip(), self.code_type)

    @property
    def kind(self) -> HolderKind:
        return CODE_TYPES[self.code_type].kind

    @property
    def is_person(self) -> bool:
        return self.kind is HolderKind.NATURAL


def check_holder(holder: Holder, allowed: frozenset[HolderKind]) -> None:
    """Checks form, date and check character where the kind of code has them.

    Raises HolderCodeInvalid, naming the first violation: an unknown kind, a kind not in `allowed`, a wrong code.
    """
    code_type = CODE_TYPES.get(holder.code_type)
    if code_type is None:
        raise _invalid("holder_code_type", "持证主体代码类型不在目录中。", "The kind of holder code is not known.")
    if code_type.kind not in allowed:
        raise _invalid(
            "holder_code_type",
            f"这种证照不能颁发给以{code_type.name.zh}标识的主体。",
            f"This type cannot be held by a holder with that kind of code ({code_type.name.en}).",
        )
    if not _is_code(holder):
        raise _invalid(
            "holder_code",
            f"{code_type.name.zh}不正确：请核对位数、日期和校验位。",
            f"{code_type.name.en}: the length, the date or the check character is wrong.",
        )


def _is_code(holder: Holder) -> bool:
    match holder.code_type:
        case "001":
            return is_credit_code(holder.code)
        case "111":
            return is_person_number(holder.code)
        case _:
            return _OTHER_CODE.fullmatch(holder.code) is not None


def _invalid(path: str, zh: str, en: str) -> HolderCodeInvalid:
    return HolderCodeInvalid((Violation(path, zh, en),))
