"""Sets up the templates of this service's pages."""

from pathlib import Path

import pingshan_ui
from jinja2 import Environment
from pingshan_values.masked import mask_code, mask_mobile, mask_name

WEB = Path(__file__).parent.parent / "web"


def templates(url_e_license: str) -> Environment:
    environment = pingshan_ui.environment(WEB, zh="跨部门审批", en="Approvals")
    environment.globals["url_e_license"] = url_e_license
    environment.filters.update(masked_name=mask_name, masked_code=mask_code, masked_mobile=mask_mobile)
    return environment
