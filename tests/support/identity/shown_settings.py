"""The settings that the page of a system shows for its maker to copy: real relying parties are tested with them."""

import html
import re

from tests.support.identity.parties import Identity


def shown_settings(identity: Identity, client_id: str, software: str) -> str:
    """As `admin01` copies them."""
    page = identity.signed_in("admin01").get(f"/admin/clients/{client_id}")
    found = re.search(rf'<pre [^>]*data-software="{software}"[^>]*>(.*?)</pre>', page.text, re.DOTALL)
    assert found, page.text
    return html.unescape(found[1])
