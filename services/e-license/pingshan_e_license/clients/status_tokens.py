"""Keeps signed status lists in memory: one for each list, until there is a newer state of it."""

from pingshan_e_license.domain.transparency.status_token import ListVersion


class StatusTokens:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], tuple[tuple[int, int], str]] = {}

    def kept(self, wanted: ListVersion) -> str | None:
        """Returns the token of just this state, None where it was not signed here yet."""
        state, token = self._kept.get((wanted.type, wanted.number), (None, None))
        return token if state == (wanted.version, wanted.issued_at) else None

    def keep(self, state: ListVersion, token: str) -> None:
        """Keeps the token in place of that of an earlier state."""
        self._kept[state.type, state.number] = ((state.version, state.issued_at), token)
