"""The flight recorder: what was seen of an event, what was decided, and enough to decide it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select

from sync.codecs.stored import dump_series, load_series
from sync.model.event import Series
from sync.model.fingerprint import Fingerprint
from sync.model.identity import new_id
from sync.resolving import Resolution, Situation, print_of, resolve
from sync.store.entries import Entry, sealed
from sync.store.ports import Cipher
from sync.store.tables import entry, history

KEPT = timedelta(days=90)
"""How long lines about events of ours are kept."""
KEPT_OF_OTHERS = timedelta(days=30)
_BATCH = 500
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision as it fell: what was in hand, the word for it, and what ours meant then."""

    situation: Situation
    word: str
    means: Fingerprint | None

    def again(self) -> tuple[Resolution, bool]:
        """What is decided today, and whether that is the same."""
        now = resolve(self.situation)
        return now, (now.word, print_of(now.means)) == (self.word, self.means)


def remember(
    connection: Connection,
    found: Entry,
    *,
    direction: str,
    decision: str,
    reason: str,
    before: Series | None,
    after: Series | None,
    version: str | None,
    now: datetime,
    situation: Situation | None = None,
    raw: bytes | None = None,
) -> None:
    """One line of the flight recorder. With a ``situation`` it can be replayed; ``raw`` is the remote's own text."""
    recorded = None if situation is None else found.cipher.encrypt(_dump(situation, resolve(situation)))
    connection.execute(
        insert(history).values(
            **_scope(found),
            at=now,
            direction=direction,
            remote_version=version,
            before_enc=sealed(before, found.cipher),
            after_enc=sealed(after, found.cipher),
            decision=decision,
            reason=reason,
            recorded_enc=recorded,
            raw_enc=None if raw is None else found.cipher.encrypt(raw),
        )
    )


def remember_outside(
    connection: Connection, found: Entry, *, decision: str, reason: str, after: Series | None, version: str | None,
    now: datetime,
) -> None:  # fmt: skip
    """A change of an outside event: the remote alone decides about it."""
    connection.execute(
        insert(history).values(
            **_scope(found),
            at=now,
            direction="in",
            remote_version=version,
            before_enc=sealed(_known(found), found.cipher),
            after_enc=sealed(after, found.cipher),
            decision=decision,
            reason=reason,
        )
    )


def _known(found: Entry) -> Series | None:
    """What was known of it; None too where no key opens that any more, for the change itself does not wait for keys."""
    try:
        return found.agreed
    except ValueError:
        return None


def lines_of(connection: Connection, calendar_id: str, uid: str) -> Sequence[Row[Any]]:
    """All that is kept of an event, oldest first."""
    return connection.execute(
        select(history)
        .where(history.c.calendar_id == calendar_id, history.c.uid == uid)
        .order_by(history.c.at, history.c.position)
    ).all()


def recorded_in(row: Row[Any], cipher: Cipher, *, ours: bool) -> Recorded | None:
    """The decision behind a line; None where a person decided, or an earlier release wrote it.

    About an outside event the remote alone decides: what it showed before and after is the whole of it.
    """
    if row.recorded_enc is not None:
        return _load(cipher.decrypt(row.recorded_enc))
    if ours:
        return None
    before, after = (_series(secret, cipher) for secret in (row.before_enc, row.after_enc))
    word = "pull_delete" if after is None else "pull"
    return Recorded(Situation(before, before, after), word, print_of(after))


def forget_old_lines(connection: Connection, *, now: datetime) -> int:
    """Delete up to 500 lines that are older than they are kept: 90 days for events of ours, 30 for others."""
    outside = select(entry.c.id).where(entry.c.origin == "remote")
    old = or_(
        history.c.at < now - KEPT, (history.c.at < now - KEPT_OF_OTHERS) & history.c.entry_id.in_(outside)
    )
    found = list(connection.execute(select(history.c.id).where(old).limit(_BATCH)).scalars())
    if found:
        connection.execute(delete(history).where(history.c.id.in_(found)))
    return len(found)


def _scope(found: Entry) -> dict[str, Any]:
    """Whose line it is, and its place behind those there are: lines of one pass have one time."""
    last = select(func.coalesce(func.max(history.c.position), 0)).where(
        history.c.calendar_id == found.row.calendar_id, history.c.uid == found.row.uid
    )
    return {
        "id": new_id(),
        "practice_id": found.row.practice_id,
        "calendar_id": found.row.calendar_id,
        "entry_id": found.id,
        "uid": found.row.uid,
        "position": last.scalar_subquery() + 1,
    }


def _dump(situation: Situation, resolution: Resolution) -> bytes:
    def text(series: Series | None) -> str | None:
        return None if series is None else dump_series(series).decode()

    document = {
        "v": _VERSION,
        "agreed": text(situation.agreed),
        "ours": text(situation.ours),
        "theirs": text(situation.theirs),
        "sent": text(situation.sent),
        "waiting": situation.waiting,
        "word": resolution.word,
        "means": print_of(resolution.means),
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _load(data: bytes) -> Recorded | None:
    document = json.loads(data)
    if document.get("v") != _VERSION:
        return None

    def series(name: str) -> Series | None:
        return None if document[name] is None else load_series(document[name].encode())

    situation = Situation(
        series("agreed"), series("ours"), series("theirs"), series("sent"), document["waiting"]
    )
    means = document["means"]
    return Recorded(situation, document["word"], None if means is None else Fingerprint(means))


def _series(secret: bytes | None, cipher: Cipher) -> Series | None:
    return None if secret is None else load_series(cipher.decrypt(secret))
