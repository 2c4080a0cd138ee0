"""PostgreSQL, Valkey, SMTP and the fault proxy that other tests rely on."""

import smtplib
from email.message import EmailMessage

import pytest
import redis
import sqlalchemy as sa

from tests.support.postgres import PostgresServer
from tests.support.smtp import SmtpServer
from tests.support.valkey import ValkeyServer


def _tables(url: str) -> list[str]:
    engine = sa.create_engine(url)
    try:
        return sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def _execute(url: str, statement: str) -> None:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
    finally:
        engine.dispose()


def _rows(url: str, table: str) -> list[int]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(sa.text(f"SELECT id FROM {table} ORDER BY id")).scalars())
    finally:
        engine.dispose()


def test_each_test_gets_an_empty_database(database_url: str) -> None:
    assert _tables(database_url) == []
    _execute(database_url, "CREATE TABLE mine (id integer)")
    assert _tables(database_url) == ["mine"]


@pytest.mark.postgres
def test_a_database_is_copied_from_a_template_that_was_prepared_once(postgres: PostgresServer) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        _execute(url, "CREATE TABLE ready (id integer)")

    postgres.template("ready_made", prepare)
    postgres.template("ready_made", prepare)
    copies = [postgres.create_database("ready_made") for _ in range(2)]
    assert [_tables(url) for url in copies] == [["ready"], ["ready"]]
    assert len(prepared) == 1
    for url in copies:
        postgres.drop_database(url)


@pytest.fixture
def lender(postgres: PostgresServer) -> PostgresServer:
    def prepare(url: str) -> None:
        _execute(url, "CREATE TABLE one (id integer PRIMARY KEY)")
        _execute(url, "CREATE TABLE two (id integer REFERENCES one)")
        _execute(url, "INSERT INTO one VALUES (1)")

    postgres.template("lent", prepare)
    return postgres


@pytest.mark.postgres
def test_a_lent_database_is_lent_again_with_the_rows_of_its_template(lender: PostgresServer) -> None:
    url = lender.lend("lent")
    _execute(url, "INSERT INTO one SELECT generate_series(2, 20000)")
    _execute(url, "INSERT INTO two VALUES (1), (2)")
    _execute(url, "DELETE FROM two WHERE id = 1")
    lender.take_back("lent", url)
    assert lender.lend("lent") == url
    assert (_rows(url, "one"), _rows(url, "two")) == ([1], [])
    lender.drop_database(url)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE three (id integer)",
        "ALTER TABLE one RENAME TO first",
        "ALTER TABLE one ADD COLUMN name text",
        "ALTER TABLE two DROP CONSTRAINT two_id_fkey",
        "CREATE INDEX of_two ON two (id)",
    ],
)
def test_a_lent_database_of_another_shape_is_not_lent_again(lender: PostgresServer, change: str) -> None:
    url = lender.lend("lent")
    _execute(url, change)
    lender.take_back("lent", url)
    another = lender.lend("lent")
    assert another != url
    lender.drop_database(another)


@pytest.mark.postgres
def test_postgresql_starts_again_with_its_data(postgres: PostgresServer, postgres_url: str) -> None:
    _execute(postgres_url, "CREATE TABLE kept (id integer)")
    postgres.stop()
    with pytest.raises(sa.exc.OperationalError):
        _tables(postgres_url)
    postgres.start()
    assert _tables(postgres_url) == ["kept"]


@pytest.mark.postgres
def test_postgresql_has_the_extension_that_exclusion_constraints_on_ids_need(postgres_url: str) -> None:
    _execute(postgres_url, "CREATE EXTENSION btree_gist")


def test_valkey_answers_on_its_socket_and_by_tcp(valkey: ValkeyServer) -> None:
    with redis.Redis.from_url(valkey.url) as here, redis.Redis.from_url(valkey.tcp_url) as there:
        here.set("key", "value")
        assert there.get("key") == b"value"


def test_valkey_is_given_to_each_test_without_keys(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0


def test_valkey_starts_again_on_the_same_addresses(valkey: ValkeyServer) -> None:
    valkey.stop()
    with redis.Redis.from_url(valkey.url) as client:
        with pytest.raises(redis.ConnectionError):
            client.ping()
        valkey.start()
        assert client.ping()


def test_a_persistent_valkey_keeps_its_keys_over_a_restart() -> None:
    with ValkeyServer(persist=True) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.stop()
        server.start()
        assert client.get("key") == b"value"


def _send(server: SmtpServer, subject: str) -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "desk@example.com"
    message["To"] = "grace@example.com"
    message.set_content("Façade at noon.\n")
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.send_message(message)


def test_mail_arrives_with_envelope_subject_and_text(smtp: SmtpServer) -> None:
    _send(smtp, "Réservé")
    (mail,) = smtp.wait_for(1)
    assert (mail.sender, mail.recipients, mail.subject) == (
        "desk@example.com",
        ("grace@example.com",),
        "Réservé",
    )
    assert mail.text.strip() == "Façade at noon."


def test_mail_that_is_refused_is_not_kept(smtp: SmtpServer) -> None:
    smtp.refusal = "451 later"
    with pytest.raises(smtplib.SMTPDataError):
        _send(smtp, "one")
    assert smtp.mails == []
