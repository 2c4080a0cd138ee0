"""How a command fails: lines for stderr and an exit code. What other rooms raise is turned into that here."""

from __future__ import annotations

from collections.abc import Sequence

DONE = 0
FAILED = 1
WRONG_USE = 2


class CommandFailed(Exception):
    """The command did not do what it was asked for; ``lines`` tell why, one problem each."""

    exit_code = FAILED

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines: Sequence[str] = lines


class WrongUse(CommandFailed):
    """It was asked for wrongly; nothing has been tried."""

    exit_code = WRONG_USE


def told(error: Exception) -> CommandFailed | None:
    """The failure in words for whoever typed the command; None for a defect of the program itself."""
    # These rooms are large: they are loaded when something has failed, not for every command.
    from sqlalchemy.exc import DBAPIError, OperationalError

    from booking.refusals import Refused
    from service.people.refusals import AmbiguousUser, SignInRefused
    from service.processes import AlreadyRunning
    from service.queue.folders import QueueUnavailable
    from service.schema import SchemaRefused
    from service.settings import SettingsInvalid
    from service.web_server import PortTaken

    if isinstance(error, CommandFailed):
        return error
    if isinstance(error, SettingsInvalid):
        return CommandFailed(*error.problems)
    if isinstance(error, AmbiguousUser):
        return WrongUse(f"{error} (--practice SLUG)")
    if isinstance(error, AlreadyRunning | PortTaken | QueueUnavailable | SchemaRefused | SignInRefused):
        return CommandFailed(str(error))
    if isinstance(error, Refused):
        return _refused(error)
    if isinstance(error, OperationalError):
        return CommandFailed(f"the database does not answer: {_first_line(error)}")
    if isinstance(error, DBAPIError):
        return CommandFailed(f"the database refuses: {_first_line(error)}")
    return None


def _refused(error: Exception) -> CommandFailed:
    from booking.refusals import Problem, Refused

    assert isinstance(error, Refused)  # noqa: S101 - the one caller has looked
    if error.problem is not Problem.INVALID:
        return CommandFailed(error.text)
    wrong = "; ".join(f"{item.field}: {item.text}" for item in error.errors)
    return WrongUse(wrong or error.text)


def _first_line(error: Exception) -> str:
    """The driver's own words, which name server and role but neither password nor rows."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
