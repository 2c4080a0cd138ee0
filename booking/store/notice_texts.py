"""A practice's own words for its notices, by kind and language."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from booking.notice_texts import Words
from booking.store.tables import notice_text


def words_for(connection: Connection, *, practice_id: str, kind: str, locale: str) -> Words | None:
    """The practice's own words in this language; ``de_AT`` finds those for ``de``. None: it has none."""
    for name in dict.fromkeys((locale, locale.replace("-", "_").partition("_")[0])):
        row = connection.execute(
            select(notice_text.c.subject, notice_text.c.body).where(
                notice_text.c.practice_id == practice_id,
                notice_text.c.kind == kind,
                notice_text.c.locale == name,
            )
        ).one_or_none()
        if row is not None:
            return Words(row.subject, row.body)
    return None


def changed(connection: Connection, practice_id: str) -> set[tuple[str, str]]:
    """Kind and language of all that has words of the practice's own."""
    rows = connection.execute(
        select(notice_text.c.kind, notice_text.c.locale).where(notice_text.c.practice_id == practice_id)
    )
    return {(row.kind, row.locale) for row in rows}


def put(
    connection: Connection, *, practice_id: str, kind: str, locale: str, words: Words | None, now: datetime
) -> None:
    """Stores the words; None: the program's own hold again."""
    connection.execute(
        delete(notice_text).where(
            notice_text.c.practice_id == practice_id,
            notice_text.c.kind == kind,
            notice_text.c.locale == locale,
        )
    )
    if words is not None:
        connection.execute(
            insert(notice_text).values(
                practice_id=practice_id,
                kind=kind,
                locale=locale,
                subject=words.subject,
                body=words.body,
                changed_at=now,
            )
        )
