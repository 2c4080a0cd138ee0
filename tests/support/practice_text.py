"""A practice file without a fault, as text, and how tests read one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from service.practice_file.names import Known, Recall, nothing_known
from service.practice_file.read import PracticeFile, read_practice_file

PASSWORD_VARIABLE = "ADA_CALDAV_PASSWORD"
ENVIRON = {PASSWORD_VARIABLE: "open sesame", "GRACE_CALDAV_PASSWORD": "open sesame", "EMPTY": ""}

GOOD = """\
[practice]
slug = "elm-street"
name = "Elm Street Therapy"
timezone = "America/New_York"
self_scheduling = true

[rules]
minimum_notice = "24h"
request_only_after = "15m"
closed_after = "60m"

[[services]]
code = "90834"
name = "Individual session"
minutes = 45
modes = ["in_person", "telehealth"]
room = "any"

[[services]]
code = "90791"
name = "First conversation"
minutes = 60

[[locations]]
slug = "main"
name = "Main office"
rooms = ["Blue", "Green"]

[[providers]]
slug = "ada"
name = "Ada Byron"
email = "ada@example.com"
timezone = "America/New_York"
services = ["90834"]

  [[providers.accounts]]
  name = "ada-home"
  kind = "caldav"
  url = "https://dav.example.com/ada/"
  username = "ada"
  password_env = "ADA_CALDAV_PASSWORD"

    [[providers.accounts.calendars]]
    match = "Work"
    role = "write"

  [[providers.availability]]
  days = ["mo", "tu"]
  start = "09:00"
  end = "17:00"
  location = "main"

  [[providers.overrides]]
  date = 2026-12-24
  closed = true

  [[providers.holds]]
  name = "evening"
  days = ["tu"]
  start = "16:00"
  end = "17:00"
  for = ["tag:regulars"]
  release = { day = "fr", time = "18:00", weeks_ahead = 1 }

[notices]
declined = true

[page]
locales = ["en"]

[[clients]]
id = "c-1"
name = "Grace Hopper"
email = "grace@example.com"
providers = ["ada"]
tags = ["regulars"]

[[users]]
email = "owner@example.com"
role = "owner"

[[users]]
email = "ada@example.com"
role = "provider"
"""


def read(
    text: str = GOOD,
    *,
    environ: Mapping[str, str] = ENVIRON,
    base_dir: Path | None = None,
    allow_private_hosts: bool = False,
    recall: Recall = nothing_known,
) -> PracticeFile:
    """The text read as the file ``practice.toml``."""
    return read_practice_file(
        text,
        name="practice.toml",
        environ=environ,
        base_dir=base_dir,
        allow_private_hosts=allow_private_hosts,
        recall=recall,
    )


def recalling(**facts: object) -> Recall:
    """Something is stored of every practice: the fields of ``Known``."""
    return lambda _slug: Known(**facts)  # type: ignore[arg-type]
