"""What a face says, where it stands, and what becomes of characters that no font has."""

from dataclasses import replace

import pytest
from pingshan_e_license.domain.catalogue.license_type import LicenseType
from pingshan_e_license.domain.errors import LicenseUnconfirmed
from pingshan_e_license.domain.holder import Holder
from pingshan_e_license.domain.license import LicenseOfType, Standing
from pingshan_e_license.domain.renditions.face import Face, check_confirmed, face_of, grouped, written_with
from pingshan_e_license.domain.renditions.layout import Codes, Letters, Sheet, card, joined, printed

from tests.support.e_license.orders import COMPANY_CODE, COMPANY_NAME, PERMIT, a_license

IDENTIFIER = "1.2.156.3005.2.11440310TEXT00017P002.11440310TEXT00017P.JY24403100000002.001.K"
ORIGIN = "https://zz.example"
QR = Codes([[True, False], [False, True]])


def width_of(text: str) -> float:
    return sum(1.0 if ord(each) > 0x2E7F else 0.55 for each in text)


@pytest.fixture
def permit(catalogue: dict[str, LicenseType]) -> LicenseOfType:
    return LicenseOfType(a_license(IDENTIFIER), catalogue["food-business-permit"])


def with_attributes(permit: LicenseOfType, **changed: object) -> Face:
    return face_of(
        replace(permit, license=replace(permit.license, attributes=PERMIT | changed)), "坪山市场监管局", origin=ORIGIN
    )


def test_every_attribute_once_in_the_order_of_the_type(permit: LicenseOfType) -> None:
    face = face_of(permit, "坪山市场监管局", origin=ORIGIN)
    assert [label for label, _ in face.rows] == [*(each.zh for each in permit.type.attributes), "流水号"]
    assert face.period == "2026年11月22日 至 2031年11月21日"
    assert (face.holder, face.ended) == (COMPANY_NAME, "")
    assert face.scanned == f"{ORIGIN}/public/verify?identifier={IDENTIFIER}"


def test_a_holder_whom_no_attribute_names(permit: LicenseOfType) -> None:
    other = replace(permit.license, holder=Holder("某某", "440310198502140001", "111"))
    rows = dict(face_of(replace(permit, license=other), "局", origin=ORIGIN).rows)
    assert (rows["持证主体"], rows["持证主体代码"]) == ("某某", "440310198502140001")
    assert COMPANY_CODE in rows.values()


@pytest.mark.parametrize(
    ("standing", "word"),
    [
        (Standing.SUSPENDED, "暂停"),
        (Standing.REVOKED, "吊销"),
        (Standing.RESCINDED, "撤销"),
        (Standing.CANCELLED, "注销"),
        (Standing.LAPSED, "失效"),
        (Standing.TRANSFERRED_OUT, "迁出"),
        (Standing.SUPERSEDED, "新版取代"),
    ],
)
def test_the_face_says_what_a_decision_made_of_the_licence(
    permit: LicenseOfType, standing: Standing, word: str
) -> None:
    face = face_of(replace(permit, license=replace(permit.license, standing=standing)), "局", origin=ORIGIN)
    assert word in face.ended
    assert all(map(ends_inside, [*printed(face, QR, width_of), *card(face, QR, width_of)]))


def test_only_a_valid_licence_has_a_face_without_such_a_sentence(permit: LicenseOfType) -> None:
    faces = {
        each: face_of(replace(permit, license=replace(permit.license, standing=each)), "局", origin=ORIGIN)
        for each in Standing
    }
    assert [each for each, face in faces.items() if not face.ended] == [Standing.VALID]


def test_no_file_is_made_of_what_is_not_confirmed(permit: LicenseOfType) -> None:
    check_confirmed(permit)
    with pytest.raises(LicenseUnconfirmed):
        check_confirmed(replace(permit, doubts=("content",)))


def test_the_identifier_in_groups_is_the_identifier() -> None:
    assert "".join(grouped(IDENTIFIER)).replace(" ", "") == IDENTIFIER
    assert max(len(word) for line in grouped(IDENTIFIER) for word in line.split() if "3005" not in word) <= 4


def test_what_a_font_lacks_is_written_as_its_code_point(permit: LicenseOfType) -> None:
    face = with_attributes(permit, legal_representative="王\U0002a6a5")
    written = written_with(face, lambda character: ord(character) >= 0x20000)
    assert dict(written.rows)["法定代表人（负责人）"] == "王〔U+2A6A5〕"
    assert written.missing == ("\U0002a6a5",)
    assert written_with(face, lambda _: False) is face
    [sheet] = printed(written, QR, width_of)
    assert any("Unicode" in each.text for each in sheet.items if isinstance(each, Letters))


def ends_inside(sheet: Sheet) -> bool:
    return all(
        each.x >= 0 and each.x + width_of(each.text) * each.size <= sheet.width and each.y <= sheet.height
        for each in sheet.items
        if isinstance(each, Letters)
    )


@pytest.mark.parametrize("items", [1, 20, 50])
def test_long_faces_take_more_sheets_and_the_last_has_the_seal(permit: LicenseOfType, items: int) -> None:
    face = with_attributes(permit, business_items=["热食类食品制售（含凉菜、生食类）" * 6] * items)
    sheets = printed(face, QR, width_of)
    assert len(sheets) == {1: 1, 20: 4, 50: 8}[items]
    assert [sheet.seal is not None for sheet in sheets] == [*[False] * (len(sheets) - 1), True]
    assert all(map(ends_inside, sheets))
    assert joined(sheets).height == 297.0 * len(sheets)


def test_names_that_are_as_long_as_they_may_be_stay_inside(permit: LicenseOfType) -> None:
    face = replace(face_of(permit, "深圳市坪山区" * 8, origin=ORIGIN), title="许可证" * 20, holder="坪" * 200)
    assert all(map(ends_inside, [*printed(face, QR, width_of), *card(face, QR, width_of)]))


def test_no_line_begins_with_a_mark(permit: LicenseOfType) -> None:
    face = with_attributes(permit, premises="坪山大道，" * 20 + "。" * 60)
    lines = [each.text for each in printed(face, QR, width_of)[0].items if isinstance(each, Letters)]
    assert not [line for line in lines if line.startswith("，")]
