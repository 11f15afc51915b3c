"""Templates, components, styles and words that every page shares.

A service builds its environment once and renders with it::

    templates = pingshan_ui.environment(Path(__file__).parent / "web", zh="电子证照平台", en="Electronic licences")
    return pingshan_ui.render(request, "catalogue.html", types=types)

`render` takes its templates from the application's `state.site`: the kit's, or `PagesOnly` where there is no kit. Of
`request.state`, which the kit fills, it reads `language`, `csrf_token`, `actor` and `trace_id`.
"""

from pathlib import Path

from pingshan_ui.environment import PagesOnly, environment, joined, pieces, render
from pingshan_ui.words import Words

STATIC = Path(__file__).parent / "static"
"""Served by every service below /static/ui."""

__all__ = ["STATIC", "PagesOnly", "Words", "environment", "joined", "pieces", "render"]
