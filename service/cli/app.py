"""The table of commands: names, options and a line of help each. What they do stands in the modules they load."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from service.cli.failure import DONE, FAILED, WrongUse, told
from service.cli.output import tell
from service.cli.stopping import stoppable

ABOUT = """Keeps a practice's booking page true to its providers' own calendars.

Settings are variables FREEHOLD_..., of the environment or a .env file; freehold doctor checks them.
"""
Practice = Annotated[
    str | None, typer.Option("--practice", metavar="SLUG", help="The practice, if there are several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Provider = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="The provider's slug, or PRACTICE/PROVIDER.")
]
Service = Annotated[str, typer.Option("--service", metavar="CODE", help="The service's code.")]
Client = Annotated[str | None, typer.Option("--client", metavar="ID", help="In the name of this client.")]

app = typer.Typer(
    name="freehold",
    help=ABOUT,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
token = typer.Typer(no_args_is_help=True, help="Tokens for the API.")
db = typer.Typer(no_args_is_help=True, help="The database: schema, backup, restore.")
keys = typer.Typer(no_args_is_help=True, help="The keys that what is stored is encrypted with.")
app.add_typer(token, name="token")
app.add_typer(keys, name="keys")
app.add_typer(db, name="db")


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code: 0 done, 1 failed, 2 wrong usage. Failures are told on stderr."""
    try:
        code = app(args=list(arguments), prog_name="freehold", standalone_mode=False)
    except TyperException as error:
        # No message: a group of commands was called without one, and its help has been printed.
        if message := " ".join(error.format_message().split()):
            tell(f"freehold: {message} (freehold --help tells what there is)")
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the answer has gone; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - whatever it is, a command ends with a line and an exit code
        return _failed(error)
    return code if isinstance(code, int) else DONE


def _failed(error: Exception) -> int:
    failure = told(error)
    if failure is None:
        from service.error_facts import error_facts

        # One line in the form of the log, which may not be set up yet: types and places, nothing of the data.
        tell(json.dumps({"event": "command failed", "level": "critical", **error_facts(error)}))
        return FAILED
    tell(*failure.lines)
    return failure.exit_code


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"freehold {version('freehold')}")
        raise typer.Exit


@app.callback()
def freehold(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The options of the program itself; the commands have their own."""


@app.command()
def up() -> None:
    """Run web, workers and scheduler in one process tree."""
    with stoppable():
        from service.cli import running

        running.up()


@app.command()
def demo() -> None:
    """Run the program with a sample practice and a local CalDAV server."""
    with stoppable():
        from service.demo.command import demo as run_demo

        run_demo()


@app.command()
def web() -> None:
    """Run the web server alone."""
    with stoppable():
        from service.cli import running

        running.web()


@app.command()
def worker(
    burst: Annotated[bool, typer.Option("--burst", help="Do all that is due now, and end.")] = False,
) -> None:
    """Run a worker alone."""
    with stoppable():
        from service.cli import running

        (running.worker_burst if burst else running.worker)()


@app.command()
def scheduler() -> None:
    """Run the scheduler alone."""
    with stoppable():
        from service.cli import running

        running.scheduler()


@app.command()
def apply(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A practice file (TOML), or - for stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
) -> None:
    """Make a practice as its file says, and print what changes."""
    from service.cli import practice_files

    practice_files.apply(file, dry_run=dry_run)


@app.command()
def export(practice: Practice = None) -> None:
    """Print a practice as its file, without secrets."""
    from service.cli import practice_files

    practice_files.export(practice)


@app.command()
def sync(
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="One account: its id, or PROVIDER/NAME.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(metavar="SLUG", help="All accounts of one provider.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All accounts; so without any choice.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Read the calendars whole, not only what changed.")
    ] = False,
    practice: Practice = None,
) -> None:
    """Read and write calendars now, and wait for it."""
    from service.cli import syncing

    if sum((account is not None, provider is not None, everything)) > 1:
        raise WrongUse("--account, --provider and --all exclude one another")
    syncing.sync(account=account, provider=provider, full=full, practice=practice)


@app.command()
def slots(
    provider: Provider,
    service: Service,
    start: Annotated[str | None, typer.Option(metavar="DATE", help="First day; today if left out.")] = None,
    end: Annotated[str | None, typer.Option(metavar="DATE", help="Day after the last; 14 days on.")] = None,
    tz: Annotated[str | None, typer.Option(metavar="ZONE", help="The zone of dates and times.")] = None,
    client: Client = None,
    as_json: AsJson = False,
    practice: Practice = None,
) -> None:
    """Print the times on offer."""
    from service.cli import offers

    asked = offers.Asked(provider=provider, practice=practice, service=service, client=client)
    offers.slots(asked, start=start, end=end, zone=tz, json=as_json)


@app.command()
def explain(
    provider: Provider,
    service: Service,
    at: Annotated[str, typer.Option(metavar="DATETIME", help="The start, with its offset.")],
    client: Client = None,
    as_json: AsJson = False,
    practice: Practice = None,
) -> None:
    """Tell rule by rule why a time is on offer or not."""
    from service.cli import offers

    asked = offers.Asked(provider=provider, practice=practice, service=service, client=client)
    offers.explain(asked, at=at, json=as_json)


@app.command()
def accounts(as_json: AsJson = False, practice: Practice = None) -> None:
    """Print the state of every account and calendar."""
    from service.cli import accounts as listing

    listing.accounts(practice, json=as_json)


@token.command("create")
def token_create(
    role: Annotated[str, typer.Option(metavar="ROLE", help="owner, manager, provider or ops.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What the token is for.")],
    provider: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Whose rows it sees (role provider).")
    ] = None,
    practice: Practice = None,
) -> None:
    """Print a new API token. It is shown this once."""
    from service.cli import people

    people.make_token(role, name, provider=provider, practice=practice)


@app.command("login-link")
def login_link(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address of one of [[users]].")],
    practice: Practice = None,
) -> None:
    """Print a one-time sign-in link for a user."""
    from service.cli import people

    people.login_link(email, practice=practice)


@app.command("client-link")
def client_link(
    client_id: Annotated[str, typer.Argument(metavar="CLIENT_ID")],
    kind: Annotated[
        str, typer.Option(metavar="KIND", help="sign_in, new_appointment or invitation.")
    ] = "sign_in",
    as_json: AsJson = False,
    practice: Practice = None,
) -> None:
    """Print a link that opens the booking page as a client."""
    from service.cli import people

    people.client_link(client_id, kind=kind, practice=practice, json=as_json)


@app.command()
def deletions(
    calendar_id: Annotated[str, typer.Argument(metavar="CALENDAR_ID")],
    answer: Annotated[str, typer.Argument(metavar="confirm|restore")],
) -> None:
    """Answer a held mass deletion: it was meant, or it was not."""
    from service.cli import deletions as held

    held.answer(calendar_id, answer)


@app.command("returned-mail")
def returned_mail(
    source: Annotated[str, typer.Argument(metavar="FILE", help="The report; - is standard input.")] = "-",
) -> None:
    """Take a mail server's report that a mail came back, and send no more to that address."""
    from service.cli import returning

    returning.take(source)


@app.command()
def replay(
    calendar_id: Annotated[str, typer.Argument(metavar="CALENDAR_ID")],
    uid: Annotated[str, typer.Argument(metavar="UID", help="The event's UID.")],
    as_json: AsJson = False,
) -> None:
    """Decide every recorded decision about an event once more."""
    from service.cli import replaying

    replaying.replay(calendar_id, uid, json=as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check the set-up, and tell how to mend what is wrong."""
    from service.cli import checking

    checking.doctor(json=as_json)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema up to date."""
    from service.cli import database

    database.upgrade_schema()


@db.command("backup")
def db_backup(file: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Write all data to a file that any Freehold of the same schema can restore."""
    from service.cli import database

    database.backup(file)


@db.command("restore")
def db_restore(file: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Read a backup into an empty database."""
    from service.cli import database

    database.restore(file)


@keys.command("rotate")
def keys_rotate() -> None:
    """Encrypt everything stored anew under the first of FREEHOLD_ENCRYPTION_KEYS; safe beside running parts."""
    from service.cli import keys as rotating

    rotating.rotate_keys()
