"""Acts as trees on the screen."""

from datetime import UTC, datetime

from pingshan_values.shanghai import SHANGHAI
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from pingshan_tools.traces.acts import Act
from pingshan_tools.traces.kept import SpanRecord

_SHOWN = ("pingshan.", "error.type")


def print_acts(console: Console, acts: list[Act]) -> None:
    for act in acts:
        console.print(tree(act), highlight=False)
    orphans = sum(len(act.orphans) for act in acts)
    spans = sum(len(act.spans) for act in acts)
    console.print(f"{len(acts)} acts, {spans} spans, {orphans} orphans", style="red" if orphans else "green")


def tree(act: Act) -> Tree:
    began = datetime.fromtimestamp(act.start / 1e9, UTC).astimezone(SHANGHAI)
    made = Tree(Text(f"{began:%Y-%m-%d %H:%M:%S}  {act.trace_id}", style="bold"))
    for root in act.roots:
        _add(made, act, root, act.start)
    for orphan in act.orphans:
        _add(made, act, orphan, act.start, mark="orphan: its parent is missing  ")
    return made


def _add(above: Tree, act: Act, span: SpanRecord, begin: int, mark: str = "") -> None:
    branch = above.add(_line(span, begin, mark))
    for child in act.children_of(span):
        _add(branch, act, child, begin)


def _line(span: SpanRecord, begin: int, mark: str) -> Text:
    line = Text(mark, style="bold red")
    line.append(span.service, style="cyan")
    line.append(f" {span.kind}", style="dim")
    line.append(f" {span.name}", style="red" if span.failed else "default")
    line.append(f"  +{(span.start - begin) / 1e6:.1f} ms, {span.milliseconds:.1f} ms", style="dim")
    shown = [f"{key}={value}" for key, value in span.attributes.items() if key.startswith(_SHOWN)]
    if shown:
        line.append("  " + " ".join(shown), style="magenta")
    return line
