"""The acts in their order, told on the screen while they happen."""

import json
from collections.abc import Callable
from datetime import datetime

from pingshan_values.shanghai import SHANGHAI
from rich.console import Console

from pingshan_tools.addresses import Ports
from pingshan_tools.demo import ponding, restaurant, wifi
from pingshan_tools.demo.stage import Stage
from pingshan_tools.launcher.places import Places

Act = Callable[[Stage], dict[str, str]]

ACTS: dict[str, tuple[str, Act]] = {
    "filing": ("综合窗口为企业申请开办餐饮店 · a clerk files a restaurant for a company", restaurant.file_application),
    "acceptance": ("市场监管局受理 · the lead department accepts", restaurant.accept),
    "decisions": ("四部门并联审批 · four departments decide in their inboxes", restaurant.decide_in_parallel),
    "issue": ("颁发食品经营许可证 · the food permit is issued", restaurant.issue),
    "verify": ("另一部门核验证照 · another agency verifies it", restaurant.verify),
    "online": ("游客在坪山中心公园上网 · a visitor gets online in the park", wifi.come_online),
    "quota": ("流量用完，降速并告知 · the quota is used up: slowed and told", wifi.use_up_the_quota),
    "detect": ("摄像头发现道路积水 · a camera sees water on the road", ponding.detect),
    "acknowledge": ("街道、水务、大厅应答 · street, water bureau and hall answer", ponding.acknowledge),
}


def run(console: Console, ports: Ports, places: Places, run_id: str | None = None) -> Stage:
    """Plays the acts that this run has not played yet. Raises Stuck or httpx.TransportError."""
    run_id = run_id or _unfinished(places) or f"{datetime.now(SHANGHAI):%Y%m%d-%H%M%S}"
    console.print(f"run [bold]{run_id}[/]  (continue it with: pingshan demo --run {run_id})", highlight=False)
    stage = Stage.resume(
        run_id, ports, places, lambda text: console.print(f"    {text}", highlight=False, soft_wrap=True)
    )
    for number, (name, (title, act)) in enumerate(ACTS.items(), 1):
        if name in stage.done:
            console.print(f"[green]✓[/] {number}/{len(ACTS)} {title} [dim](done before)[/]", highlight=False)
            continue
        console.print(f"[bold]▶ {number}/{len(ACTS)} {title}[/]", highlight=False)
        stage.keep(name, act(stage))
    _print_end(console, stage)
    return stage


def newest_finished(places: Places) -> dict[str, dict[str, str]] | None:
    """Returns what the newest finished run left, by act; None where no run was finished."""
    for file in sorted((places.data / "demo").glob("*.json"), reverse=True):
        done: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8"))
        if set(ACTS) <= set(done):
            return done
    return None


def _unfinished(places: Places) -> str | None:
    """Returns the id of the newest run, where it did not reach its end."""
    newest = max((places.data / "demo").glob("*.json"), default=None)
    if newest is None or set(ACTS) <= set(json.loads(newest.read_text("utf-8"))):
        return None
    return newest.stem


def _print_end(console: Console, stage: Stage) -> None:
    done = stage.done
    console.print("\n[bold green]全部完成 · all of it happened[/]")
    for title, address in {
        "办件 · case": done["filing"]["case_page"],
        "证照 · licence": done["issue"]["license_page"],
        "核验 · verify": done["verify"]["verify_page"],
        "上网状态 · visitor's page": done["online"]["status_page"],
        "热点 · hotspot": done["online"]["hotspot_page"],
        "告警 · alert": done["detect"]["alert_page"],
        "大屏 · wall": done["acknowledge"]["wall"],
    }.items():
        console.print(f"  {title:　<14} {address}", highlight=False, soft_wrap=True)
    console.print("\nEach act as one trace:")
    for shown in (done["filing"]["case_id"], done["online"]["session_id"], done["detect"]["alert_id"]):
        console.print(f"  pingshan trace {shown}", highlight=False)
