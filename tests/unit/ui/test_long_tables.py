"""The largest page of any list keeps the event loop from others for less than 200 ms: it is rendered in one piece.

As many rows as a list may have, each with what the densest lists of all services have, and the longest texts. Processor
time counts, as /readyz says it.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import DictLoader
from pingshan_kit.paging import LARGEST
from pingshan_ui import environment
from starlette.requests import Request

MOST_SECONDS = 0.2
LONGEST = "坪山" * 95 + "<&\"'>" * 2
LIST = """
{% import "ui/components.html" as ui with context %}
{% call ui.table(heads, caption=_('值班台'), keys=true) %}
{% for row in rows %}
<tr class="late"><td>{{ ui.level('red') }}</td>
<td><a href="/things/{{ row.id }}">{{ row.text }}</a><div class="small muted">{{ row.id }}</div></td>
<td>{{ row.text }}</td><td class="mono">{{ row.id | groups }}</td>
<td><time datetime="{{ row.at.isoformat() }}">{{ row.at | clock }}</time></td>
<td class="number">{{ row.octets | octets }}</td>
<td>{{ ui.light('yellow', _('已降速')) }} {{ ui.tag(_('正常'), 'plain') }}</td>
<td>{{ ui.danger_button(_('下线'), row.text, '/things/' ~ row.id ~ '/end') }}</td>
<td><form method="post" action="/things/{{ row.id }}">{{ csrf_field(request) }}
{{ ui.button(_('应答'), key='a') }}</form></td></tr>
{% endfor %}
{% endcall %}
"""


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_largest_list_is_rendered_soon(language: str) -> None:
    env = environment(Path(__file__).parent, zh="", en="")
    env.loader.loaders.insert(0, DictLoader({"list.html": LIST}))  # type: ignore[union-attr]
    request = Request({"type": "http", "headers": [], "state": {"csrf_token": "t", "language": language}})
    row = {"id": "0190aaaa-0000-7000-8000-000000000001", "text": LONGEST, "at": datetime.now(UTC), "octets": 10**10}
    heads = [f"{LONGEST[:10]}{number}" for number in range(9)]
    template = env.get_template("list.html")
    taken = []
    for _ in range(3):
        began = time.thread_time()
        html = template.render(request=request, rows=[row] * LARGEST, heads=heads)
        taken.append(time.thread_time() - began)
    assert html.count("<tr") == LARGEST + 1
    assert min(taken) < MOST_SECONDS
