"""A practice whose provider keeps her calendar at a Google of our own, connected by a file."""

from __future__ import annotations

import json
from pathlib import Path

from service.practice_file.commands import Place, apply_command
from service.runtime import Runtime
from tests.support.google_account import ADA
from tests.support.google_server import GoogleServer

PROVIDER = """\
[[providers]]
slug = "ada"
name = "Ada Byron"
email = "ada@example.com"
timezone = "America/New_York"
self_scheduling = true

  [[providers.availability]]
  days = ["mo", "tu", "we", "th", "fr"]
  start = "09:00"
  end = "17:00"
"""
ACCOUNT = """
  [[providers.accounts]]
  name = "ada-google"
  kind = "google"
  authorized_user_file = "ada-google.json"

    [[providers.accounts.calendars]]
    match = "Work"
    role = "write"
"""


def practice_text(account: str = ACCOUNT) -> str:
    """Ada offers working days from 9 to 17 in New York and one service of 45 minutes."""
    return f"""\
[practice]
slug = "elm-street"
name = "Elm Street Therapy"
timezone = "America/New_York"
phone = "+1 555 0100"
self_scheduling = true

[rules]
minimum_notice = "1h"
decision_grace = "0m"

[[services]]
code = "90834"
name = "Individual session"
minutes = 45
modes = ["in_person"]

{PROVIDER}{account}
[[users]]
email = "owner@example.com"
role = "owner"

[[users]]
email = "ada@example.com"
role = "provider"

[[users]]
email = "ops@example.com"
role = "ops"
"""


def google_practice(runtime: Runtime, google: GoogleServer, folder: Path) -> None:
    """Applies the practice, with access that Ada has just given."""
    (folder / "ada-google.json").write_text(json.dumps(google.authorized_user(ADA)))
    apply_text(runtime, folder, practice_text())


def apply_text(runtime: Runtime, folder: Path, text: str) -> list[str]:
    """What changed, line by line."""
    code, lines, told = apply_command(
        "-", stdin=text.encode, place=Place({}, folder, True), database=runtime.database,
        cipher=runtime.sealer, now=runtime.now(),
    )  # fmt: skip
    assert code == 0, told
    return lines
