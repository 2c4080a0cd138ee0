"""What must hold of the engine after every step, told from what really happened to a memory server."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from sync import failpoints
from sync.backends.protocol import CursorKind, Identity
from sync.engine import AccountReport
from sync.engine.engine import Wish
from sync.engine.handing_over import hand_over
from sync.guard import READ_AGAIN_AFTER
from sync.model import identity
from sync.model.event import Status
from sync.model.fingerprint import fingerprint
from sync.store import deletions
from sync.store.changes import ChangeKind, close_change
from sync.store.due import read_now
from sync.store.tables import account, busy, calendar, change, entry, history
from tests.support.engine_world import EngineWorld, appointment
from tests.support.far_server import FarServer, Place
from tests.support.far_world import FarWorld
from tests.support.watched_server import Interval, Outside, WatchedServer

_TIMES = re.compile(r"^(DTSTART|DTEND)([^:\r\n]*):(\d{8})T(\d{6})(Z?)", re.MULTILINE)
_UID = re.compile(r"^UID:(.*)\r$", re.MULTILINE)
_SUMMARY = re.compile(r"^SUMMARY:.*$", re.MULTILINE)


class Crash(BaseException):
    """The process is gone: nothing that follows in it is carried out but what any exit does."""


@dataclass
class Booking:
    """What the model knows of one booking."""

    wanted: bool = False
    wish: dict[str, Any] = field(default_factory=dict)
    """What was last asked for: ``hour``, ``day`` and whether it is ``accepted``."""
    given: bool = False
    removed_by_owner: int = 0
    restored_by_owner: int = 0
    edited_by_owner: int = 0
    trash: dict[str, str] = field(default_factory=dict)


@dataclass
class Typed:
    """A text the owner typed last in a field of one of our events, until it is known to be kept."""

    booking: str
    href: str
    value: str
    survives_only_there: bool


class EngineModel:
    """A world with a memory of what was done to it. Every step is one public method; ``check`` follows each."""

    def __init__(self, url: str, *, place: Place | None = None) -> None:
        """At a server in memory, or at ``place``."""
        self.server: WatchedServer | FarServer
        if place is None:
            self.server = WatchedServer()
            self.world = EngineWorld(url, server=self.server)
        else:
            self.server = FarServer(place)
            self.world = FarWorld(url, self.server)
        self.bookings: dict[str, Booking] = {}
        self.outside: dict[str, Outside] = {}
        self.uids: dict[str, str] = {}
        self.trash: dict[str, Outside] = {}
        self.shift = 0
        self.horizon = self.world.now
        self.woken: tuple[str, datetime] | None = None
        self.typed: list[Typed] = []
        self.truth: dict[str, set[Interval]] = {}
        self.counter = 0
        self.fence = 0
        self.lied = False
        self.lie_pending = False
        self.missed = False
        self.disturbed = False
        self.seen_writes = 0
        self.our_hrefs: set[str] = set()
        self.there: set[str] = set()
        self.others_writes: list[range] = []
        """Where in ``server.written`` a second worker wrote while the first was halted, of the step at hand."""
        self.landed_late: Counter[str] = Counter()
        """Creates by name that a halted worker sent, and that landed when another had made the event and she had
        deleted it already. That worker has lost its lease and knows nothing of it. What stands there now cannot be told
        from what she fetched from the bin.
        """
        self.steps = 0

    def close(self) -> None:
        failpoints.set_trigger(None)
        self.server.close()
        self.world.database.close()

    def begin_in_autumn(self) -> None:
        """Four weeks earlier: the clocks go back between her events."""
        self.shift = -28
        self.world.pass_time(days=self.shift)

    # What the owner does in her own program.

    def owner_adds(self, event: Outside) -> str:
        event = replace(event, day=event.day + self.shift)
        self.counter += 1
        name = f"o{self.counter}"
        href = self._put(name, event.render(name))
        self.outside[href], self.uids[href] = event, name
        return href

    def owner_changes(self, href: str, event: Outside) -> None:
        self.outside[href] = event
        self.truth.pop(href, None)
        self._put(_name(href), event.render(self.uids[href]))

    def owner_removes(self, href: str) -> None:
        self.trash[href] = self.outside.pop(href)
        self.truth.pop(href, None)
        self.disturbed = True
        self.server.remove(self.world.work, href)

    def owner_restores(self, href: str) -> None:
        self.outside[href] = self.trash.pop(href)
        self._put(_name(href), self.outside[href].render(self.uids[href]))

    def owner_splits(self, href: str) -> None:
        first, rest = self.outside[href].split()
        if rest is not None:
            self.owner_changes(href, first)
            self.owner_adds(replace(rest, day=rest.day - self.shift))

    def our_objects(self) -> dict[str, str]:
        """href -> booking of those events of ours that are on the server."""
        hrefs = self._hrefs_of_bookings()
        return {href: hrefs[href] for href in sorted(self.world.texts()) if href in hrefs}

    def owner_moves_ours(self, href: str, hour: int) -> None:
        def moved(match: re.Match[str]) -> str:
            minutes = "0000" if match[1] == "DTSTART" else "4500"
            return f"{match[1]}{match[2]}:{match[3]}T{hour:02}{minutes}{match[5]}"

        self._edit_ours(href, lambda text: _TIMES.sub(moved, text))

    def owner_types_in_ours(self, href: str, *, unknown: bool) -> None:
        self.counter += 1
        value = f"typed{self.counter}"
        booking = self._hrefs_of_bookings()[href]
        self.typed = [item for item in self.typed if (item.href, item.survives_only_there) != (href, unknown)]
        self.typed.append(Typed(booking, href, value, unknown))
        if unknown:
            self._edit_ours(href, lambda text: _noted(text, value), counts=False)
        else:
            self._edit_ours(href, lambda text: _SUMMARY.sub(f"SUMMARY:{value}\r", text))

    def owner_confirms_ours(self, href: str) -> None:
        self._edit_ours(href, lambda text: text.replace("STATUS:TENTATIVE", "STATUS:CONFIRMED"))

    def owner_removes_ours(self, href: str) -> None:
        booking = self.bookings[self._hrefs_of_bookings()[href]]
        booking.removed_by_owner += 1
        booking.trash[href] = self.world.texts()[href]
        self.typed = [item for item in self.typed if item.href != href]
        self.disturbed = True
        self.truth.pop(href, None)
        self.server.remove(self.world.work, href)

    def owner_restores_ours(self, name: str, href: str) -> None:
        booking = self.bookings[name]
        text = booking.trash.pop(href)
        if href not in self.world.texts():
            booking.restored_by_owner += 1
            self._put(_name(href), text)

    # What happens to bookings here.

    def book(self, name: str, *, hour: int, day: int, accepted: bool = False) -> None:
        booking = self.bookings.setdefault(name, Booking())
        if booking.given:
            return
        booking.wanted, booking.wish = True, {"hour": hour, "day": day, "accepted": accepted}
        said = {"status": Status.CONFIRMED, "summary": "GH"} if accepted else {}
        with self.world.database.write() as connection:
            self.world.put(connection, name, appointment(hour=hour, day=day, **said))

    def wanted(self) -> list[str]:
        return [name for name, item in sorted(self.bookings.items()) if item.wanted and not item.given]

    def take_out(self, name: str) -> None:
        if not self.bookings[name].given:
            self.bookings[name].wanted = False
            self.world.take_out(name)

    def give_up(self, name: str) -> None:
        self.bookings[name].given = True
        hrefs = {href for href, ref in self._hrefs_of_bookings().items() if ref == name}
        self.typed = [item for item in self.typed if item.href not in hrefs]
        self.disturbed = True
        with self.world.database.write() as connection:
            hand_over(connection, self.world.cipher, self.world.views, booking_ref=name, now=self.world.now)

    def settle_changes(self, *, contest: bool) -> None:
        """The booking side takes note of what the owner did, or insists on what was."""
        with self.world.database.write() as connection:
            statement = select(change).where(change.c.settled_at.is_(None)).order_by(change.c.at, change.c.id)
            found = connection.execute(statement).all()
            for item in found:
                close_change(connection, item.id, outcome="seen", now=self.world.now)
        for item in found:
            booking = self.bookings[item.booking_ref]
            if booking.given:
                if item.kind == ChangeKind.RESTORED.value:
                    self.give_up(item.booking_ref)  # as the desk does with what stands for nothing that lives
                continue
            if item.kind == ChangeKind.DELETED.value:
                booking.wanted = contest
            elif item.kind == ChangeKind.RESTORED.value:
                known = self.world.event(item.booking_ref)
                booking.wanted = not contest and known is not None and known.series is not None
                if booking.wanted:
                    assert known is not None
                    assert known.series is not None
                    assert known.series.master is not None
                    with self.world.database.write() as connection:
                        self.world.put(connection, item.booking_ref, known.series.master)
            if booking.wanted and contest:
                self.world.book(item.booking_ref, hour=9, day=25)
            elif not booking.wanted:
                self.world.take_out(item.booking_ref)

    def judge_held(self, *, meant: bool) -> None:
        with self.world.database.write() as connection:
            row = connection.execute(select(calendar)).one_or_none()
            if row is not None and row.state == "held":
                act = deletions.confirm if meant else deletions.restore
                act(connection, self.world.cipher, row.id, now=self.world.now)

    # Passes, faults and time.

    def sync(self, *, full: bool = False, look: float | None = None) -> bool:
        """One pass over everything, or a look at what is new; False if it crashed or did not go well."""
        self.disturbed = False
        honest = not (self.server.lists_nothing or self.server.reports_nothing)
        try:
            report = self._pass("worker", Wish(everything=look is None, full=full, look=look))
        except Crash:
            return False
        finally:
            self.server.lists_nothing = self.server.reports_nothing = False
        if report.ok and look is None:
            self.horizon = self.world.now + timedelta(days=60)
        if report.ok and honest and full and not self.disturbed:
            self.missed = False
        if report.ok and honest and not (self.disturbed or self._may_miss_something()):
            self.truth = {href: self.outside[href].takes() for href in self.outside}
        if report.ok and honest:
            self.lie_pending = False
        return report.ok

    def sync_due(self) -> None:
        """Only what is due. What it has read by now is not told."""
        self.disturbed = True
        honest = not (self.server.lists_nothing or self.server.reports_nothing)
        with suppress(Crash):
            if honest:
                self._pass("worker", Wish())

    def _pass(self, owner: str, wish: Wish) -> AccountReport:
        return self.world.engine.sync_account("account", owner=owner, now=self.world.now, wish=wish)

    def wake_up(self, about: str) -> None:
        """A message says that this has changed. One that comes while it is read already must not be lost."""
        self.world.pass_time(seconds=1)
        self.woken = about, self.world.now
        with self.world.database.write() as connection:
            read_now(connection, "account", now=self.world.now)

    def _may_miss_something(self) -> bool:
        """After a lie only a whole listing is a complete reading; of some servers no report can be believed.

        Where the server did not hand something out it is read again soon.
        """
        again = self.world.calendar_row().full_due_at
        soon = again is not None and again <= self.world.now + READ_AGAIN_AFTER
        return self.missed or soon or not self.server.truthful

    def second_worker(self) -> None:
        """The first one's lease has run out; another does a whole pass before the first goes on."""
        disturbed, begun = self.disturbed, len(self.server.written)
        with self.world.database.write() as connection:
            connection.execute(update(account).values(lease_until=None))
        try:
            self._pass(f"other{self.counter}", Wish(everything=True))
        finally:
            self.disturbed = disturbed
            self.others_writes.append(range(begun, len(self.server.written)))

    def steal_lease(self) -> None:
        with self.world.database.write() as connection:
            connection.execute(update(account).values(fence=account.c.fence + 1, lease_until=None))

    def at_failpoint(self, number: int, action: Callable[[], None]) -> None:
        """Carry ``action`` out once, at the failpoint passed after ``number`` others."""
        left = [number]

        def passed(name: str) -> None:
            if name == "push.inside_confirm" and action is not _crash:
                return  # inside a transaction nobody else acts
            left[0] -= 1
            if left[0] < 0:
                failpoints.set_trigger(None)
                action()

        failpoints.set_trigger(passed)

    def crash_at_failpoint(self, number: int) -> None:
        self.at_failpoint(number, _crash)

    def crash_at(self, point: str) -> None:
        """The next time that this failpoint is passed."""

        def passed(name: str) -> None:
            if name == point:
                failpoints.set_trigger(None)
                _crash()

        failpoints.set_trigger(passed)

    def crash_at_call(self, operation: str, *, after: bool) -> None:
        self.server.plan(operation, _crash, after_effect=after)

    def forget_tokens(self) -> None:
        """The server no longer knows how far it was read."""
        if self.server.forget_tokens(self.world.work) is False:
            with self.world.database.write() as connection:
                spoilt = func.substr(calendar.c.cursor_value, 1, func.length(calendar.c.cursor_value) - 8)
                tokens = update(calendar).where(calendar.c.cursor_kind == CursorKind.SYNC_TOKEN.value)
                connection.execute(tokens.values(cursor_value=spoilt + "0" * 8))

    def lie_once(self) -> None:
        """The next listing comes back empty and well-formed. Two in a row would be believed, as they should."""
        if not self.lie_pending:
            self.server.lists_nothing = True
            self.lied = self.lie_pending = self.missed = True
            self.server.forget_tokens(self.world.work)

    def lie_about_changes(self) -> None:
        """The next report says that nothing changed and gives a newer token."""
        self.server.reports_nothing = True
        self.lied = self.missed = True

    # Invariants.

    def check(self) -> None:
        """Everything that holds after every step."""
        self.steps += 1
        self._check_writes()
        self._check_changes()
        self._check_blocked()
        self._check_typed()
        self._check_one_object_each()
        self._check_nobodys()
        self._check_woken()
        if not self.lied and isinstance(self.server, WatchedServer):
            self._check_cursor(self.server)
        fence = self.world.account_row().fence
        assert fence >= self.fence, "the fence went back"
        self.fence = fence

    def _check_writes(self) -> None:
        for number, item in enumerate(self.server.written[self.seen_writes :], self.seen_writes):
            if item.raw is None:
                self.there.discard(item.href)
            elif item.href not in self.there:
                self.there.add(item.href)
                self.landed_late[item.href] += not item.by_owner and self._made_by_another(item.href, number)
            if item.by_owner:
                continue
            assert item.href not in self.outside, f"an outside event was written by us: {item.href}"
            if item.raw is not None:
                self.our_hrefs.add(item.href)
            if item.href not in self.our_hrefs:
                self.our_hrefs |= self._hrefs_of_bookings().keys()
            assert item.href in self.our_hrefs, f"a foreign event was removed by us: {item.href}"
            if item.raw is None:
                self.typed = [t for t in self.typed if t.href != item.href or not t.survives_only_there]
        self.seen_writes = len(self.server.written)
        self.others_writes.clear()

    def _made_by_another(self, href: str, number: int) -> bool:
        """Whether a second worker had written it while the sender of this write was halted."""
        before = (self.server.written[n] for span in self.others_writes if span.stop <= number for n in span)
        return any(item.href == href and item.raw is not None and not item.by_owner for item in before)

    def _check_changes(self) -> None:
        with self.world.database.read() as connection:
            rows = connection.execute(select(change.c.booking_ref, change.c.kind)).all()
        counts = Counter((row.booking_ref, row.kind) for row in rows)
        for (ref, kind), count in counts.items():
            booking = self.bookings[ref]
            if kind == "deleted":
                assert count <= booking.removed_by_owner, (
                    f"{ref} was handed over as deleted, which nobody did"
                )
            elif kind == "restored":
                names = (href for href, name in self._hrefs_of_bookings().items() if name == ref)
                most = booking.restored_by_owner + sum(self.landed_late[href] for href in names)
                assert count <= most, f"{ref} was handed over as restored"
            elif self.server.rewrites is None:
                most = booking.edited_by_owner + booking.restored_by_owner
                assert count <= most, f"{ref} was handed over as edited {count} times, not {most}"

    def _check_blocked(self) -> None:
        blocked = self._blocked()
        for href, intervals in self.truth.items():
            if href in self.outside:
                missing = self._coming(intervals) - blocked.get(href, set())
                assert not missing, f"{href} blocks no longer: {missing}"

    def _coming(self, intervals: set[Interval]) -> set[Interval]:
        """Those that are not over and lie in what the last pass had to look ahead to."""
        return {item for item in intervals if item[1] > self.world.now and item[0] < self.horizon}

    def _blocked(self) -> dict[str, set[Interval]]:
        with self.world.database.read() as connection:
            rows = connection.execute(
                select(entry.c.href, busy.c.starts_at, busy.c.ends_at).join(
                    entry, entry.c.id == busy.c.entry_id
                )
            )
            found: dict[str, set[Interval]] = {}
            for row in rows:
                found.setdefault(row.href, set()).add((row.starts_at, row.ends_at))
            return found

    def _check_typed(self) -> None:
        texts = self.world.texts()
        kept: list[Typed] = []
        for item in self.typed:
            if item.survives_only_there:
                assert item.href not in texts or item.value in texts[item.href], f"{item.value} was lost"
                kept.append(item)
            elif item.value in texts.get(item.href, ""):
                kept.append(item)
            else:
                assert self._is_recorded(item), f"{item.value} was lost unseen"
        self.typed = kept

    def _is_recorded(self, item: Typed) -> bool:
        with self.world.database.read() as connection:
            rows = connection.execute(
                select(history.c.after_enc, history.c.before_enc)
                .join(entry, entry.c.id == history.c.entry_id)
                .where(entry.c.booking_ref == item.booking)
            ).all()
        for row in rows:
            for secret in (row.after_enc, row.before_enc):
                if secret is not None and item.value.encode() in self.world.cipher.decrypt(secret):
                    return True
        return False

    def _check_one_object_each(self) -> None:
        found = (_UID.search(text) for text in self.world.texts().values())
        uids = Counter(match[1] for match in found if match)
        assert max(uids.values(), default=0) <= 1, "one identity has two objects"

    def _check_nobodys(self) -> None:
        strangers = self.world.texts().keys() - self.outside.keys()
        strangers -= self._hrefs_of_bookings().keys() if strangers else set()
        assert not strangers, f"an object stands for nothing: {strangers}"

    def _check_woken(self) -> None:
        """What a message was about is in the mirror, or the calendar is still to be read."""
        if self.woken is None:
            return
        about, at = self.woken
        row = self.world.calendar_row()
        read_since = row.checked_at is not None and row.checked_at >= at
        if (
            read_since
            or about not in self.outside
            or any(item.href == about for item in self.world.entries())
        ):
            self.woken = None
        else:
            waits = row.due_at is not None and row.due_at > self.world.now + timedelta(minutes=1)
            # A reading that failed is tried again when the server may have recovered, and the mark stays until then.
            failed = row.failures > 0 and row.dirty_at is not None
            # It came while we wrote, and the reading that followed was told that nothing is new; a listing finds out.
            deceived = not self.server.truthful and row.dirty_at is None
            assert not waits or failed or deceived, "a message that something changed was forgotten"

    def _check_cursor(self, server: WatchedServer) -> None:
        """Whatever happened before the cursor is in the mirror."""
        with self.world.database.read() as connection:
            row = connection.execute(select(calendar)).one_or_none()
        if row is None or row.cursor_value is None:
            return
        collection = server.state(self.world.work)
        if server.content_tokens:
            if row.cursor_value in collection.contents:
                self._check_content(collection.contents[row.cursor_value])
            return
        epoch, _, position = row.cursor_value.partition(":")
        if epoch != str(collection.epoch):
            return
        mirror = {
            item.href: item
            for item in self.world.entries()
            if item.gone_at is None and item.closed_at is None
        }
        last = {href: index for index, href in enumerate(collection.log)}
        refs = self._hrefs_of_bookings()
        for href, index in last.items():
            given = (
                href in refs and self.bookings[refs[href]].given
            )  # it is taken in by the next whole reading
            if index >= int(position) or given:
                continue
            stored, known = collection.objects.get(href), mirror.get(href)
            if stored is None:
                pending = known is not None and (known.held_at is not None or known.due_at is not None)
                assert known is None or pending, f"{href} is gone before the cursor and still in the mirror"
            else:
                assert known is not None, f"{href} came before the cursor and is not in the mirror"
                if server.states_etags:
                    assert known.etag == stored.etag, f"{href} changed before the cursor, unseen"

    def _check_content(self, content: Mapping[str, bytes]) -> None:
        """Each event of ours was there when the token was given, or is still looked for or written."""
        for item in self.world.entries():
            live = item.origin == "ours" and item.closed_at is None and item.agreed_print is not None
            waits = item.awaits_echo or item.due_at is not None or item.held_at is not None or item.blocked
            assert not live or waits or item.href in content, f"{item.href} is taken for read and never was"

    # Rest.

    def come_to_rest(self, *, healing: bool) -> None:
        """Stop all faults, let everything run, and demand that all sides agree and nothing is left to do."""
        failpoints.set_trigger(None)
        self.server.calm_down()
        full = self.lied or not self.server.truthful
        for _ in range(25):
            self.world.pass_time(minutes=11)
            before = len(self.server.written)
            ok = self.sync(full=full)
            self.check()
            self.judge_held(meant=True)
            self.settle_changes(contest=False)
            full = full and not ok
            self.missed = self.missed and full
            if ok and len(self.server.written) == before and not self._due():
                break
        else:
            left = [(row.booking_ref, row.due_at, row.error) for row in self.world.entries() if row.due_at]
            raise AssertionError(f"it does not come to rest: {left}, {self.world.calendar_row().state}")
        if healing:
            self.world.pass_time(hours=27)
            assert self.sync()
        self._check_agreement()
        self._check_mirror()
        self._check_idle()

    def _due(self) -> bool:
        with self.world.database.read() as connection:
            # What is awaited and not named is looked for once more.
            unsettled = or_(entry.c.due_at.is_not(None), entry.c.awaits_echo)
            waiting = connection.execute(select(entry.c.id).where(unsettled)).all()
            opened = connection.execute(select(change.c.id).where(change.c.settled_at.is_(None))).all()
            row = connection.execute(select(calendar)).one()
        read_again = row.cursor_value is None  # an empty listing is believed the second time
        return bool(waiting or opened or read_again or row.state == "held")

    def _check_agreement(self) -> None:
        texts = self.world.texts()
        entries = [item for item in self.world.entries() if item.origin == "ours"]
        opened = {item.href: item for item in entries if item.closed_at is None and not item.blocked}
        there_now = {href.lower() for href in texts}
        for href, item in opened.items():
            assert href.lower() in there_now, f"{href} is open and not on the server"
            seen = self.server.seen(href)
            assert seen is not None
            assert seen.series is not None
            assert item.agreed_print == item.ours_print == fingerprint(seen.series)
        per_booking = Counter(item.booking_ref for item in opened.values())
        hrefs = self._hrefs_of_bookings()
        blocked = {item.booking_ref for item in entries if item.blocked}
        for name, booking in self.bookings.items():
            if booking.given:
                continue
            there = [href for href in texts if hrefs.get(href) == name]
            if name not in blocked:
                assert len(there) == per_booking[name] <= 1, f"{name} has {there}"
                assert len(there) == int(booking.wanted), f"{name}: wanted {booking.wanted}, there {there}"

    def _check_mirror(self) -> None:
        live = {
            item.href: item
            for item in self.world.entries()
            if item.gone_at is None and item.closed_at is None
        }
        texts = self.world.texts()
        # Some servers take a name in any case and show it in another.
        known = {href.lower() for href, item in live.items() if href is not None and not item.blocked}
        blocked = {item.href.lower() for item in live.values() if item.blocked and item.href is not None}
        wanted = {href.lower() for href in texts} - blocked
        assert known == wanted, f"mirror {known ^ wanted}"
        taken = self._blocked()
        for href, event in self.outside.items():
            right, found = self._coming(event.takes()), self._coming(taken.get(href, set()))
            assert found == right, f"{href} takes {found}, not {right}"
        others = {href for href, item in live.items() if item.origin == "ours"}
        assert not others & set(taken), "an event of ours takes busy time"

    def _check_idle(self) -> None:
        before, written = self._stored(), len(self.server.written)
        for _ in range(3):
            self.world.pass_time(minutes=6)
            assert self.sync()
        assert len(self.server.written) == written, "an idle system writes"
        assert self._stored() == before, "an idle system changes its mirror"

    def _stored(self) -> list[Any]:
        skipped = ("_enc", "generation")
        with self.world.database.read() as connection:
            found: list[Any] = []
            for table in (entry, busy, change, history):
                columns = [item for item in table.c if not item.name.endswith(skipped)]
                found += sorted(map(str, connection.execute(select(*columns)).all()))
            return found

    # Odds and ends.

    def _put(self, name: str, text: str) -> str:
        self.disturbed = True
        return self.server.put(self.world.work, name, text)

    def _edit_ours(self, href: str, edit: Callable[[str], str], *, counts: bool = True) -> None:
        booking = self.bookings[self._hrefs_of_bookings()[href]]
        text = self.world.texts()[href]
        booking.edited_by_owner += int(counts)
        self._put(_name(href), edit(text))

    def _hrefs_of_bookings(self) -> dict[str, str]:
        """Every href that any incarnation of a booking has or may have, whatever the server made of it."""
        found: dict[str, str] = {}
        uids: dict[str, str] = {}
        for item in self.world.entries():
            if item.origin == "ours":
                name = identity.event_name(item.booking_ref, item.calendar_id, item.incarnation)
                found[self.server.href_of(Identity(item.uid, name))] = item.booking_ref
                found[item.href or ""] = uids[item.uid] = item.booking_ref
        in_small_letters = {href.lower(): name for href, name in found.items()}
        for href, text in self.world.texts().items():
            uid = _UID.search(text)
            if href not in found and href.lower() in in_small_letters:
                found[href] = in_small_letters[href.lower()]
            elif href not in found and uid is not None and uid[1] in uids:
                found[href] = uids[uid[1]]
        return found


def _crash() -> None:
    raise Crash


def _name(href: str) -> str:
    name = href.rsplit("/", 1)[-1]
    return name[:-4] if name.lower().endswith(".ics") else name


def _noted(text: str, value: str) -> str:
    kept = re.sub(r"^X-NOTE:.*\r\n", "", text, flags=re.MULTILINE)
    return kept.replace("END:VEVENT", f"X-NOTE:{value}\r\nEND:VEVENT")


class _SeededBytes:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token_bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)


@contextmanager
def repeatable_ids(seed: int = 0) -> Iterator[None]:
    """Row ids come from a seed, so that a failing run can be repeated and cut down."""
    real = identity.secrets
    identity.secrets = _SeededBytes(seed)  # type: ignore[assignment]
    try:
        yield
    finally:
        identity.secrets = real
