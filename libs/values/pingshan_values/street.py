"""The six streets of the district."""

from enum import StrEnum


class Street(StrEnum):
    """Names a street by its code in `organisations.json`; each street office runs its street's sub-centre."""

    PINGSHAN = "street_pingshan"
    KENGZI = "street_kengzi"
    MALUAN = "street_maluan"
    BILING = "street_biling"
    SHIJING = "street_shijing"
    LONGTIAN = "street_longtian"

    @property
    def zh(self) -> str:
        return _ZH[self]

    @property
    def en(self) -> str:
        return self.name.capitalize()


_ZH = {
    Street.PINGSHAN: "坪山街道",
    Street.KENGZI: "坑梓街道",
    Street.MALUAN: "马峦街道",
    Street.BILING: "碧岭街道",
    Street.SHIJING: "石井街道",
    Street.LONGTIAN: "龙田街道",
}
