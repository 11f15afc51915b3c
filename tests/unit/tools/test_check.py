"""Which tests `make check` runs for a changed file."""

import subprocess
from pathlib import Path

import pytest
from pingshan_tools.check import affected_tests, changed, commands


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("services/alerts/pingshan_alerts/domain/alert.py", ["tests/unit/alerts"]),
        ("libs/kit/pingshan_kit/ids.py", ["tests/unit/kit"]),
        ("libs/values/pingshan_values/street.py", ["tests/unit/values"]),
        ("libs/contracts/pingshan_events/alerts.py", ["tests/contract/snapshots"]),
        ("proto/pingshan/alerts/v1/alert.proto", ["tests/contract/snapshots"]),
        ("deploy/k8s/base/alerts.yaml", ["tests/contract/deploy"]),
        ("README.md", ["tests/contract/docs"]),
        ("services/alerts/README.md", ["tests/contract/docs", "tests/unit/alerts"]),
        ("tests/component/alerts/test_wall.py", ["tests/component/alerts/test_wall.py"]),
        ("tests/support/tokens.py", []),
        ("tests/load/alerts/bench_ingest.py", []),
        ("Makefile", []),
    ],
)
def test_tests_of_a_file(file: str, tests: list[str]) -> None:
    assert affected_tests([Path(file)]) == tests


def test_a_folder_of_tests_runs_once() -> None:
    files = [
        Path("services/alerts/pingshan_alerts/domain/alert.py"),
        Path("services/alerts/pingshan_alerts/service.py"),
    ]
    assert affected_tests(files) == ["tests/unit/alerts"]


def test_types_are_checked_where_python_changed() -> None:
    names = [command[0] for command in commands([Path("services/alerts/pingshan_alerts/service.py")], ["packages"])]
    assert names == ["ruff", "ruff", "mypy", "lint-imports", "python", "pytest"]
    assert [command[0] for command in commands([Path("README.md")], ["packages"])] == ["python", "pytest"]


def test_changed_are_edited_and_new_files_but_not_deleted_ones(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    for name in ("kept", "edited", "deleted"):
        (tmp_path / name).write_text("1")
    git("add", ".")
    git("commit", "-m", "all")
    (tmp_path / "edited").write_text("2")
    (tmp_path / "deleted").unlink()
    (tmp_path / "new").write_text("3")
    assert changed(tmp_path) == [Path("edited"), Path("new")]
