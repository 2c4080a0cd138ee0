"""Whatever changes offered time raises a version in the same transaction, whichever program makes the change"""

from __future__ import annotations

from typing import NamedTuple

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PROVIDER = "{row}.provider_id"
_PRACTICE = "{row}.practice_id"
_ITSELF = "{row}.id"
# A room is a resource of its own, and may be used by any provider of the practice.
_RESOURCE = (
    "CASE WHEN {row}.resource LIKE 'provider:%' THEN substr({row}.resource, 10)"
    " ELSE 'rooms:' || {row}.practice_id END"
)
# Of a release whose hold is gone nothing has to be said: the hold's own removal says it.
_HOLD = "(SELECT hold.provider_id FROM hold WHERE hold.id = {row}.hold_id)"


class _Watched(NamedTuple):
    """A table, the scope that one of its rows belongs to, and the columns whose update counts (none named: all)."""

    table: str
    scope: str
    columns: tuple[str, ...] = ()
    practice: str = _PRACTICE

    @property
    def update(self) -> str:
        return f"UPDATE OF {', '.join(self.columns)}" if self.columns else "UPDATE"


_ROWS = (
    _Watched("practice", _ITSELF, ("timezone", "self_scheduling", "rules"), practice=_ITSELF),
    _Watched("service", _PRACTICE),
    _Watched("location", _PRACTICE),
    _Watched("provider", _ITSELF),
    _Watched("availability_block", _PROVIDER),
    _Watched("date_override", _PROVIDER),
    _Watched("hold", _PROVIDER),
    _Watched("hold_release", _HOLD),
    _Watched("door", _PROVIDER, ("is_open",)),
    _Watched("claim", _RESOURCE),
    _Watched("request", _PROVIDER, ("provider_id", "service_code", "mode", '"session"')),
    _Watched("sync_account", _PROVIDER, ("removed_at",)),
    _Watched("sync_calendar", _PROVIDER, ("role", "account_id")),
)
_BUSY = _Watched("sync_busy", _PROVIDER)

_RAISE = """
    INSERT INTO offer_stamp (scope, practice_id, version)
    SELECT touched.scope, touched.practice_id, 1
    FROM (SELECT DISTINCT {scope} AS scope, {practice} AS practice_id {source}) AS touched
    WHERE touched.scope IS NOT NULL ORDER BY 1
    ON CONFLICT (scope) DO UPDATE SET version = offer_stamp.version + 1;
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for watched in _ROWS:
            _watch_rows(watched)
        _watch_statements(_BUSY)
        return
    for watched in (*_ROWS, _BUSY):
        for event, rows in (("INSERT", ("NEW",)), ("DELETE", ("OLD",)), (watched.update, ("OLD", "NEW"))):
            name = f"stamp_{watched.table}_{event[:6].lower()}"
            body = "".join(_raise(watched, row) for row in rows)
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {watched.table} BEGIN {body} END")


def _watch_rows(watched: _Watched) -> None:
    table = watched.table
    body = (
        f"IF TG_OP <> 'INSERT' THEN {_raise(watched, 'OLD')} END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_raise(watched, 'NEW')} END IF;"
    )
    _function(f"stamp_{table}", body)
    op.execute(
        f"CREATE TRIGGER stamp_{table} AFTER INSERT OR DELETE OR {watched.update} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION stamp_{table}()"
    )


def _watch_statements(watched: _Watched) -> None:
    """Rows that come by the thousand cost one look a statement."""
    table = watched.table
    _function(f"stamp_{table}", _raise(watched, "changed", "FROM changed"))
    for event, kind in (("INSERT", "NEW"), ("DELETE", "OLD"), ("UPDATE", "NEW")):
        op.execute(
            f"CREATE TRIGGER stamp_{table}_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {kind} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stamp_{table}()"
        )


def _function(name: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _raise(watched: _Watched, row: str, source: str = "") -> str:
    scope, practice = watched.scope.format(row=row), watched.practice.format(row=row)
    return _RAISE.format(scope=scope, practice=practice, source=source)
