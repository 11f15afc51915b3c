"""Sections of an organisation."""

from pingshan_values.errors import Violation
from pingshan_values.text import ONE_LINE

from pingshan_identity.domain.errors import RequestInvalid
from pingshan_identity.domain.people.staff_form import is_name


def check_section_names(zh: str, en: str) -> None:
    """Raises RequestInvalid where a section lacks a valid name in either language."""
    wrong = [name for name, text in (("name_zh", zh), ("name_en", en)) if not is_name(text)]
    if wrong:
        said = (
            f"请填写中文和英文名称，各不超过 60 个字的{ONE_LINE.zh}",
            f"Both names, of 60 characters at most, {ONE_LINE.en}",
        )
        raise RequestInvalid([Violation(name, *said) for name in wrong])
