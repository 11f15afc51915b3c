"""Sections of an organisation."""

from pingshan_values.errors import Violation

from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.people.staff_form import is_name


def check_section_names(zh: str, en: str) -> None:
    """Raises RequestInvalid where a section lacks a valid name in either language."""
    if not (is_name(zh) and is_name(en)):
        raise RequestInvalid(
            [Violation("name_zh", "请填写中文和英文名称，各不超过 60 个字", "Both names, of 60 characters at most")]
        )
