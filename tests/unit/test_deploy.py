"""What lies in deploy/ agrees with the program."""

import re
from pathlib import Path

from service.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
# For tests only, and what the program works out by itself.
NOT_FOR_OPERATORS = {"testing", "clock", "failpoints", "lease", "unknown"}


def test_the_example_of_settings_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"^#?FREEHOLD_(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert {name.lower() for name in named} == set(Settings.model_fields) - NOT_FOR_OPERATORS


def test_every_command_named_in_deploy_exists() -> None:
    from service.cli.app import app, db

    known = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    known |= {"db", "keys", "token"}
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        text = path.read_text()
        for word in re.findall(r"(?:/bin/|`)freehold ([a-z-]+)", text):
            assert word in known, (path.name, word)
        for word in re.findall(r"freehold db (\w+)", text):
            assert word in {command.name for command in db.registered_commands}, (path.name, word)
