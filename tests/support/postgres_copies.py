"""Databases that tests borrow: copies of a template, put back as they were, which is cheaper than to make them anew."""

from __future__ import annotations

import psycopg
from psycopg import sql

_END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
# Whatever a test adds, renames, changes or takes away of tables, columns, indexes, triggers or functions shows here.
_SHAPE = """
SELECT
  (SELECT md5(string_agg(concat_ws(' ', oid, relname, relnatts, relchecks, reltriggers), ',' ORDER BY oid))
   FROM (SELECT c.*, (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid) AS reltriggers
         FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'S', 'v')) own),
  (SELECT md5(string_agg(concat_ws(' ', oid, proname), ',' ORDER BY oid))
   FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
  (SELECT md5(string_agg(extname, ',' ORDER BY extname)) FROM pg_extension)
"""
_TABLES = """
SELECT relname, pg_relation_size(oid) > 262144 FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""


class Copies:
    """The copies of one template, as it was when the first of them was made."""

    def __init__(self) -> None:
        self.free: list[str] = []
        self._shape: object = None
        self._content: dict[str, bytes] = {}

    def read(self, libpq_url: str) -> None:
        """Learns from a copy that nobody has used yet what each is to be like when it is lent."""
        with psycopg.connect(libpq_url, autocommit=True) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            for name, _ in connection.execute(_TABLES).fetchall():
                with connection.cursor().copy(_words("COPY {} TO STDOUT", name)) as rows:
                    content = b"".join(bytes(row) for row in rows)
                if content:
                    self._content[name] = content

    def restored(self, libpq_url: str) -> bool:
        """Ends whoever is still connected and puts the rows back; false if more than rows was changed."""
        with psycopg.connect(libpq_url, autocommit=True) as connection:
            connection.execute(_END_OTHERS)
            if connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            tables = connection.execute(_TABLES).fetchall()
            with connection.transaction():
                # No trigger and no foreign key looks at what is only put back.
                connection.execute("SET LOCAL session_replication_role = replica")
                for name, large in tables:
                    connection.execute(_words("TRUNCATE {} CASCADE" if large else "DELETE FROM {}", name))
                for name, content in self._content.items():
                    with connection.cursor().copy(_words("COPY {} FROM STDIN", name)) as rows:
                        rows.write(content)
        return True


def _words(statement: str, table: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table))  # type: ignore[arg-type]
