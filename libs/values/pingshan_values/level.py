"""The four internal alert levels 红橙黄蓝."""

from enum import StrEnum


class Level(StrEnum):
    """Grades an internal alert; red is the most urgent. Public warnings have level sets of their own."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"

    @property
    def number(self) -> int:
        """Returns 1 for red to 4 for blue, as in `detections.json`."""
        return list(Level).index(self) + 1

    @property
    def zh(self) -> str:
        return ("红色", "橙色", "黄色", "蓝色")[self.number - 1]

    @property
    def en(self) -> str:
        return self.value

    @classmethod
    def of_number(cls, number: int) -> "Level":
        """Returns the level of a number, 1 for red to 4 for blue. Raises ValueError outside 1 to 4."""
        if not 1 <= number <= 4:
            raise ValueError(f"no level {number}")
        return list(cls)[number - 1]
