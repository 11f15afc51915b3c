"""Requests of a person or a system for an alert."""

from collections.abc import Mapping
from dataclasses import dataclass
from re import compile as pattern

from pingshan_values.level import Level
from pingshan_values.position import Position

from pingshan_alerts.domain.alert import Draft, check_labels, check_titles
from pingshan_alerts.domain.errors import AlertInvalid, OutsideDistrict
from pingshan_alerts.domain.reference import Reference

_KIND = pattern(r"[a-z][a-z0-9_]{1,63}")


@dataclass(frozen=True, slots=True)
class AlertRequest:
    """Describes an alert as the caller gives it. An empty street is derived from the position, where there is one."""

    kind: str
    title_zh: str
    title_en: str
    level: Level
    owners: tuple[str, ...]
    street: str
    position: Position | None
    labels: Mapping[str, str]

    def draft(self, reference: Reference) -> Draft:
        """Returns the draft with its street.

        Raises AlertInvalid where a title, label, kind, owner or street is wrong, OutsideDistrict where the position is
        in no street of the district.
        """
        check_titles(self.title_zh, self.title_en)
        check_labels(self.labels)
        if not _KIND.fullmatch(self.kind):
            raise AlertInvalid(zh="类型代码不正确", en="the kind is not a code")
        unknown = [owner for owner in self.owners if owner not in reference.audience.organisations]
        if unknown or not self.owners:
            raise AlertInvalid(zh="责任单位代码缺失或未知", en="owner codes are missing or unknown")
        street = self._street(reference)
        return Draft(
            kind=self.kind,
            source="api",
            title_zh=self.title_zh.strip(),
            title_en=self.title_en.strip(),
            level=self.level,
            owners=tuple(dict.fromkeys(self.owners)),
            street=street,
            position=self.position,
            labels=dict(self.labels),
            notifies_street=bool(street),
        )

    def _street(self, reference: Reference) -> str:
        if self.street and self.street not in reference.outlines:
            raise AlertInvalid(zh="街道代码未知", en="the street code is unknown")
        if self.position is None:
            return self.street
        street = reference.streets.containing(self.position)
        if street is None:
            raise OutsideDistrict
        if self.street and street != self.street:
            raise AlertInvalid(zh="位置不在所说的街道内", en="the position is not in that street")
        return street
