"""A practice file is applied to a real database: whole, once, and without touching what it does not name."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from sqlalchemy import insert, select, update

from booking.keeping import kept
from booking.practice import Practice
from booking.store import tables, waiting
from booking.store.practices import load_practice, save_practice
from service.database import Database
from service.practice_file.commands import Answer, Place, apply_command, export_command
from service.practice_file.compare import changes
from service.secrecy import Sealer
from sync.store import tables as mirror
from tests.support.practice_text import ENVIRON, GOOD
from tests.support.practices import practices

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEALER = Sealer([Fernet.generate_key().decode()])
SECRET = '  password_env = "ADA_CALDAV_PASSWORD"\n'


class Desk:
    """Applies and exports as the command line does."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.sealer = SEALER

    def apply(
        self,
        text: str = GOOD,
        *,
        environ: dict[str, str] = ENVIRON,
        dry_run: bool = False,
        now: datetime = NOW,
    ) -> Answer:
        return apply_command(
            "-",
            stdin=text.encode,
            place=Place(environ, self.folder, allow_private_hosts=False),
            database=self.database,
            cipher=self.sealer,
            now=now,
            dry_run=dry_run,
        )

    def changes(self, text: str = GOOD, **given: Any) -> list[str]:
        code, out, _ = self.apply(text, **given)
        assert code == 0
        return out

    def export(self, slug: str | None = None) -> str:
        code, out, errors = export_command(slug, database=self.database)
        assert (code, errors) == (0, [])
        return "\n".join(out) + "\n"

    def rows(self, table: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)).all())

    def all_rows(self) -> list[list[Any]]:
        sections = (*tables.metadata.sorted_tables, mirror.account, mirror.calendar_rule, mirror.calendar)
        with self.database.read() as connection:
            return [
                sorted(map(repr, connection.execute(select(table)).all()))
                for table in dict.fromkeys(sections)
            ]


@pytest.fixture
def database(upgraded_url: str) -> Iterator[Database]:
    database = Database(upgraded_url)
    yield database
    database.close()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


def test_a_new_practice_is_stored_whole(desk: Desk) -> None:
    assert desk.changes()[-1] == "15 changes"
    assert [row.slug for row in desk.rows(tables.provider)] == ["ada"]


def test_applying_twice_changes_nothing(desk: Desk) -> None:
    desk.apply()
    before = desk.all_rows()
    assert desk.changes(now=NOW + timedelta(days=1)) == ["0 changes"]
    assert desk.all_rows() == before


def test_an_export_applied_changes_nothing_and_exports_the_same_bytes(desk: Desk) -> None:
    desk.apply()
    exported = desk.export()
    before = desk.all_rows()
    assert desk.changes(exported) == ["0 changes"]
    assert desk.export("elm-street") == exported
    assert desk.all_rows() == before


def test_an_export_is_applied_where_the_password_is_not_at_hand(desk: Desk) -> None:
    desk.apply()
    code, out, warnings = desk.apply(desk.export(), environ={})
    assert (code, out) == (0, ["0 changes"])
    assert "the stored secret is kept" in warnings[0]


def test_an_export_holds_no_secret(desk: Desk) -> None:
    desk.apply(GOOD.replace(SECRET, '  password = "hush hush"\n'))
    assert "hush hush" not in desk.export()


def test_a_wrong_file_changes_nothing(desk: Desk) -> None:
    desk.apply()
    before = desk.all_rows()
    code, out, errors = desk.apply(GOOD.replace("minutes = 45", "minutes = 50").replace('"owner"', '"boss"'))
    assert (code, out) == (2, [])
    line = GOOD.splitlines().index('role = "owner"') + 1
    assert errors == [
        f'stdin:{line}: users[0].role: must be one of owner, manager, provider, ops, not "boss"'
    ]
    assert desk.all_rows() == before


def test_a_dry_run_tells_the_same_and_changes_nothing(desk: Desk) -> None:
    desk.apply()
    before = desk.all_rows()
    text = GOOD.replace("minutes = 45", "minutes = 50")
    told = desk.changes(text, dry_run=True)
    assert desk.all_rows() == before
    change, impact, last = told
    assert [change, last] == desk.changes(text) == ["~ services[90834].minutes: 45 -> 50", "1 changes"]
    assert impact.startswith("= slots")


def test_a_failure_while_storing_leaves_all_as_it_was(desk: Desk) -> None:
    desk.apply()
    before = desk.all_rows()

    class Broken(Sealer):
        def seal(self, plain: bytes, *, row: str) -> bytes:
            raise OSError("no entropy")

    desk.sealer = Broken([Fernet.generate_key().decode()])
    with pytest.raises(OSError, match="no entropy"):
        desk.apply(GOOD.replace("Elm Street Therapy", "Elm Street"))
    assert desk.all_rows() == before


def test_ids_stay_while_values_change(desk: Desk) -> None:
    desk.apply()
    kept = (tables.practice, tables.provider, tables.service, tables.location, tables.hold, tables.user)
    before = [[row.id for row in desk.rows(table)] for table in (*kept, tables.block, mirror.account)]
    changed = GOOD.replace("minutes = 45", "minutes = 50").replace(
        'name = "Ada Byron"', 'name = "Ada Lovelace"'
    )
    desk.apply(
        changed.replace('start = "16:00"', 'start = "15:30"').replace('role = "owner"', 'role = "manager"')
    )
    assert [[row.id for row in desk.rows(table)] for table in (*kept, tables.block, mirror.account)] == before


def test_what_the_file_no_longer_names_is_removed(desk: Desk) -> None:
    desk.apply()
    text = GOOD.split("  [[providers.accounts]]")[0] + "[notices]\n"
    out = desk.changes(text.replace('code = "90791"', 'code = "90837"'))
    assert '- services[90791]: { code = "90791"' in "\n".join(out)
    assert [row.code for row in sorted(desk.rows(tables.service), key=lambda row: row.position)] == [
        "90834",
        "90837",
    ]
    assert (desk.rows(tables.block), desk.rows(tables.hold), desk.rows(tables.date_override)) == ([], [], [])


def test_clients_and_users_are_added_and_changed_but_never_removed(desk: Desk) -> None:
    desk.apply()
    text = GOOD[: GOOD.index("[[clients]]")].replace("tag:regulars", "client:c-1")
    more = text + '[[clients]]\nid = "c-2"\nname = "Mary"\nemail = "mary@example.com"\n'
    assert desk.changes(more)[-2:] == [
        '+ clients[c-2]: (none) -> { id = "c-2", name = "Mary", email = "mary@example.com", status = "active" }',
        "2 changes",
    ]
    assert [row.id for row in desk.rows(tables.client)] == ["c-1", "c-2"]
    assert len(desk.rows(tables.user)) == 2


def test_another_practice_is_left_alone(desk: Desk) -> None:
    desk.apply()
    other = GOOD.replace('slug = "elm-street"', 'slug = "oak-lane"').replace("Elm Street Therapy", "Oak Lane")
    desk.apply(other)
    assert desk.changes() == ["0 changes"]
    code, _, errors = export_command(None, database=desk.database)
    assert (code, errors) == (2, ["there are 2 practices; name one: --practice elm-street | oak-lane"])


def test_an_export_of_nothing_says_what_makes_a_practice(desk: Desk) -> None:
    assert export_command(None, database=desk.database)[0] == 1
    assert export_command("nowhere", database=desk.database)[2] == ['there is no practice "nowhere"']


def test_a_file_that_cannot_be_read_is_wrong_use(desk: Desk) -> None:
    place = Place({}, desk.folder, allow_private_hosts=False)
    given: dict[str, Any] = {
        "stdin": bytes,
        "place": place,
        "database": desk.database,
        "cipher": SEALER,
        "now": NOW,
    }
    code, _, (error,) = apply_command("missing.toml", **given)
    assert (code, error) == (2, "missing.toml: the file cannot be read (No such file or directory)")
    (desk.folder / "latin.toml").write_bytes(b"name = '\xe9'")
    code, _, (error,) = apply_command("latin.toml", **given)
    assert (code, error) == (2, "latin.toml: the file is not UTF-8 text (byte 8)")


# Bookings


def book(desk: Desk, code: str = "90834") -> None:
    """A request for the service, as far as the database asks."""
    provider = desk.rows(tables.provider)[0]
    (service,) = (row for row in desk.rows(tables.service) if row.code == code)
    with desk.database.write() as connection:
        connection.execute(
            insert(tables.request).values(
                id="r-1",
                practice_id=provider.practice_id,
                provider_id=provider.id,
                service_id=service.id,
                service_code=code,
                session="r-1",
                event_ref="r-1",
                mode="in_person",
                status="accepted",
                last_action="accept",
                starts_at=NOW,
                ends_at=NOW + timedelta(minutes=45),
                buffer_before=timedelta(0),
                buffer_after=timedelta(0),
                timezone="UTC",
                client_name="G",
                client_email="g@example.com",
                client_email_key="g@example.com",
                created_at=NOW,
                expires_at=NOW,
            )
        )


def test_a_provider_and_a_service_with_bookings_are_deactivated_and_stay_so(desk: Desk) -> None:
    desk.apply()
    book(desk)
    text = GOOD[: GOOD.index("[[services]]")]
    out = desk.changes(text)
    assert "~ services[90834].active: true -> false" in out
    assert "~ providers[ada].active: true -> false" in out
    assert any(line.startswith("- services[90791]") for line in out)
    assert desk.changes(text) == ["0 changes"]
    assert desk.changes(desk.export()) == ["0 changes"]


def test_a_provider_comes_back_as_the_same_one(desk: Desk) -> None:
    desk.apply()
    book(desk)
    before = desk.rows(tables.provider)[0].id
    desk.apply(GOOD[: GOOD.index("[[services]]")])
    assert "~ providers[ada].active: false -> true" in desk.changes()
    assert desk.rows(tables.provider)[0].id == before
    assert desk.changes() == ["0 changes"]


def test_a_provider_somebody_waits_for_is_deactivated(desk: Desk) -> None:
    desk.apply()
    with desk.database.write() as connection:
        (ada,) = connection.execute(select(tables.provider)).all()
        own = {"practice_id": ada.practice_id, "provider_id": ada.id}
        waiting.add(
            connection, **own, service_code="90834", client_name="Ann", client_email="ann@example.com",
            timezone="UTC", part="any", joined_at=NOW,
        )  # fmt: skip
    assert "~ providers[ada].active: true -> false" in desk.changes(GOOD[: GOOD.index("[[providers]]")])


def test_a_provider_without_bookings_goes_and_the_user_stays(desk: Desk) -> None:
    desk.apply()
    desk.apply(GOOD[: GOOD.index("[[providers]]")])
    assert desk.rows(tables.provider) == []
    assert sorted(row.email for row in desk.rows(tables.user)) == ["ada@example.com", "owner@example.com"]
    assert desk.changes(desk.export()) == ["0 changes"]


# Accounts


def account(desk: Desk) -> Any:
    (row,) = (row for row in desk.rows(mirror.account) if row.removed_at is None)
    return row


def discovered(desk: Desk, role: str = "write") -> None:
    """The account was read once and its calendar found."""
    row = account(desk)
    with desk.database.write() as connection:
        connection.execute(
            update(mirror.account).values(
                state="ok", discovered_at=NOW, discover_due_at=NOW + timedelta(hours=9)
            )
        )
        connection.execute(
            insert(mirror.calendar).values(
                id="cal",
                practice_id=row.practice_id,
                account_id=row.id,
                provider_id=row.provider_id,
                remote_id="/ada/work/",
                url="https://dav.example.com/ada/work/",
                name="Work",
                role=role,
                state="ok",
                checked_at=NOW,
                created_at=NOW,
            )
        )


def test_a_secret_is_stored_encrypted(desk: Desk) -> None:
    desk.apply()
    row = account(desk)
    assert b"open sesame" not in row.secret_enc
    assert SEALER.unseal(row.secret_enc, row=row.id) == b"open sesame"
    assert row.secret_source == {"password_env": "ADA_CALDAV_PASSWORD"}


def test_a_new_account_is_due_at_once(desk: Desk) -> None:
    desk.apply()
    row = account(desk)
    assert (row.state, row.discover_due_at, row.discovered_at) == ("new", NOW, None)


def test_another_password_is_tried_at_once_and_not_shown(desk: Desk) -> None:
    desk.apply()
    discovered(desk)
    fence = account(desk).fence
    out = desk.changes(environ={"ADA_CALDAV_PASSWORD": "new secret"})
    assert out == ["~ providers[ada].accounts[ada-home].secret: (set) -> (changed)", "1 changes"]
    row = account(desk)
    assert (row.state, row.discover_due_at, row.discovered_at) == ("new", NOW, NOW)
    assert row.fence > fence
    assert SEALER.unseal(row.secret_enc, row=row.id) == b"new secret"


def test_a_secret_left_out_is_kept_with_where_it_came_from(desk: Desk) -> None:
    desk.apply()
    before = account(desk)
    assert desk.changes(GOOD.replace(SECRET, "")) == ["0 changes"]
    assert account(desk) == before


def test_a_literal_password_replaces_where_the_secret_came_from(desk: Desk) -> None:
    desk.apply()
    assert desk.changes(GOOD.replace(SECRET, '  password = "open sesame"\n')) == [
        '- providers[ada].accounts[ada-home].password_env: "ADA_CALDAV_PASSWORD" -> (none)',
        "1 changes",
    ]
    assert account(desk).secret_source == {}


def test_another_address_makes_the_account_unread(desk: Desk) -> None:
    desk.apply()
    discovered(desk)
    desk.apply(GOOD.replace("dav.example.com/ada/", "dav.example.org/ada/"))
    assert (account(desk).state, account(desk).discovered_at) == ("new", None)
    (calendar,) = desk.rows(mirror.calendar)
    assert (calendar.checked_at, calendar.due_at) == (None, NOW)


def test_a_calendars_new_role_holds_at_once(desk: Desk) -> None:
    desk.apply()
    discovered(desk)
    desk.apply(GOOD.replace('    role = "write"\n', '    role = "ignore"\n'))
    (calendar,) = desk.rows(mirror.calendar)
    assert (calendar.role, calendar.checked_at) == ("ignore", NOW)
    assert account(desk).discover_due_at == NOW


def test_a_calendar_no_longer_ignored_counts_as_never_read(desk: Desk) -> None:
    desk.apply(GOOD.replace('    role = "write"\n', '    role = "ignore"\n'))
    discovered(desk, role="ignore")
    desk.apply()
    (calendar,) = desk.rows(mirror.calendar)
    assert (calendar.role, calendar.checked_at, calendar.state) == ("write", None, "new")


def test_a_rule_for_an_unknown_calendar_closes_until_it_is_found(desk: Desk) -> None:
    desk.apply()
    discovered(desk)
    desk.apply(GOOD.replace('match = "Work"', 'match = "Elsewhere"'))
    assert account(desk).discovered_at is None
    assert desk.rows(mirror.calendar)[0].role == "write"


def test_a_removed_account_loses_its_secret_and_its_calendar_stays(desk: Desk) -> None:
    desk.apply()
    discovered(desk)
    start, end = GOOD.index("  [[providers.accounts]]"), GOOD.index("  [[providers.availability]]")
    desk.apply(GOOD[:start] + GOOD[end:])
    (row,) = desk.rows(mirror.account)
    assert (row.removed_at, row.secret_enc) == (NOW, None)
    assert len(desk.rows(mirror.calendar)) == 1
    desk.apply()
    assert len(desk.rows(mirror.account)) == 2
    assert account(desk).id != row.id


def test_an_account_of_another_kind_is_another_account(desk: Desk) -> None:
    desk.apply()
    before = account(desk).id
    start, end = GOOD.index('  kind = "caldav"'), GOOD.index("    [[providers.accounts.calendars]]")
    desk.apply(GOOD[:start] + '  kind = "google"\n\n' + GOOD[end:])
    assert account(desk).id != before
    assert account(desk).secret_enc is None


# Everything that a file can say


class Undone(Exception):
    """Ends a transaction without a trace."""


@settings(
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
    max_examples=10,
)
@given(practices(), practices())
def test_whatever_is_stored_is_loaded_again(database: Database, one: Practice, other: Practice) -> None:
    """The second practice takes the place of the first, so that rows of all kinds are changed, added and removed."""
    with contextlib.suppress(Undone), database.write() as connection:
        for practice in (one, kept(one, replace(other, slug=one.slug))):
            providers = tuple(replace(each, accounts=()) for each in practice.providers)
            wanted = replace(practice, providers=providers)
            save_practice(connection, wanted, now=NOW)
            loaded = load_practice(connection, one.slug)
            assert loaded is not None
            assert changes(loaded, wanted) == ()
        raise Undone
