"""`pingshan sign-ins`: who may sign in, and no more of a number than pages show."""

import json
from io import StringIO
from pathlib import Path

from pingshan_tools.launcher.places import Places
from pingshan_tools.sign_ins import print_people
from rich.console import Console

MOBILE = "+8613800001234"


LONG = "street_pingshan01"


def printed(data: Path, login: str, width: int = 120) -> str:
    places = Places(data)
    places.secrets.mkdir(parents=True)
    known = {
        "staff": {"water01": "abcd-efgh", LONG: "abcd-2345-efgh-6789"},
        "public": {MOBILE: "ijkl-mnop"},
        "totp": {},
    }
    (places.secrets / "sign_ins.json").write_text(json.dumps(known), "utf-8")
    console = Console(file=StringIO(), width=width)
    print_people(console, places, login)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_number_of_one_person_is_masked(tmp_path: Path) -> None:
    text = printed(tmp_path, MOBILE)
    assert "138****1234" in text
    assert "13800001234" not in text
    assert "ijkl-mnop" in text


def test_a_login_name_of_staff_is_no_personal_data(tmp_path: Path) -> None:
    assert "water01" in printed(tmp_path, "water01")


def test_a_narrow_terminal_cuts_off_no_name_and_no_password(tmp_path: Path) -> None:
    text = printed(tmp_path, "", width=80)
    assert LONG in text
    assert "abcd-2345-efgh-6789" in text
