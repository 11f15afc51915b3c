"""What anybody checks of e-license without asking it to be believed: proofs, the whole log, status lists."""


class Refused(ValueError):
    """Something does not prove what it should; the text says what."""

    def __str__(self) -> str:
        return f"REFUSED: {super().__str__()}"
