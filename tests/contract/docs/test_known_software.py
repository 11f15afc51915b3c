"""The guide says the same of common software as the pages do."""

from pathlib import Path

import pytest
from pingshan_identity.domain.clients.client import AuthMethod
from pingshan_identity.domain.clients.known_software import KNOWN_SOFTWARE, KnownSoftware

GUIDE = (Path(__file__).parents[3] / "docs/how-to/connect-a-system.md").read_text("utf-8")


@pytest.mark.parametrize("software", KNOWN_SOFTWARE, ids=lambda each: each.code)
def test_its_row_in_the_guide(software: KnownSoftware) -> None:
    [row] = [line for line in GUIDE.splitlines() if line.startswith(f"| {software.name} |")]
    _, _, methods, redirect, signed_out, notice, _, _ = (cell.strip() for cell in row.split("|"))
    assert methods == ", ".join(f"`{each}`" for each in software.methods if each is not AuthMethod.NONE)
    assert redirect == (f"`{software.redirect_path}`" if software.redirect_path else "its own")
    assert signed_out == (f"`{software.signed_out_path}`" if software.signed_out_path else "its own")
    if software.notice_path:
        assert f"`{software.notice_path}`" in notice
    else:
        assert notice == ("none" if software.redirect_path else "its own")
