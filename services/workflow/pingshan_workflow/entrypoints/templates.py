"""Sets up the templates of this service's pages."""

from pathlib import Path

import pingshan_ui
from jinja2 import Environment

WEB = Path(__file__).parent.parent / "web"


def templates(url_e_license: str) -> Environment:
    environment = pingshan_ui.environment(WEB, zh="跨部门审批", en="Approvals")
    environment.globals["url_e_license"] = url_e_license
    return environment
