"""The practice things are broken in: one provider, every day from eight to six, every decision at once."""

PASSWORD = "ADA_PASSWORD"
LENGTH_MINUTES = 45


def practice_text(account: str) -> str:
    """``account``: the lines of the provider's account in the practice file, after its name."""
    return f"""\
[practice]
slug = "elm-street"
name = "Elm Street Therapy"
timezone = "America/New_York"
phone = "+1 555 0100"
self_scheduling = true

[rules]
minimum_notice = "1h"
increment = "{LENGTH_MINUTES}m"
decision_grace = "0m"
max_per_day = 0
open_requests_per_client = 1000
moved_in_calendar = "reschedule"

[[services]]
code = "90834"
name = "Individual session"
minutes = {LENGTH_MINUTES}
modes = ["in_person"]

[[providers]]
slug = "ada"
name = "Ada Byron"
email = "ada@example.com"
timezone = "America/New_York"
self_scheduling = true

  [[providers.accounts]]
  name = "home"
{account}
    [[providers.accounts.calendars]]
    match = "Work"
    role = "write"

  [[providers.availability]]
  days = ["mo", "tu", "we", "th", "fr", "sa", "su"]
  start = "08:00"
  end = "18:00"
  modes = ["in_person"]

[[users]]
email = "owner@example.com"
role = "owner"
"""
