"""Who wins where both sides changed one of our series. Pure, without clocks; deterministic."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sync.model.event import Event, Series, Status

# Fields of an event and the side that wins if both changed it. The provider's calendar is where the provider decides,
# so a time, a text or a flag set there stands; a status both sides changed is settled by the booking, so ours stands.
REMOTE_WINS = (
    "start",
    "length",
    "summary",
    "description",
    "location",
    "transparency",
    "categories",
    "kind",
    "private",
    "own_response",
)
OURS_WINS = ("status",)


@dataclass(frozen=True, slots=True)
class Merge:
    """``series`` is what our side should mean now; None: gone. ``clashes`` names fields both sides changed."""

    series: Series | None
    clashes: tuple[str, ...] = ()


def merge(was: Series | None, ours: Series | None, theirs: Series | None) -> Merge:
    """Field by field: the side that changed wins; where both did, the table above.

    A removal beats an edit on the other side (docs/adr/0002): ours cancelled is removed there although it was edited,
    theirs deleted is gone here although we changed it. The caller records the clash.
    """
    if ours is None or theirs is None:
        return Merge(None, ("deleted",))
    if was is None or was.master is None or ours.master is None or theirs.master is None:
        return Merge(theirs, ("whole",))
    event, clashes = _merge_event(was.master, ours.master, theirs.master)
    base = theirs
    if theirs.recurrence == was.recurrence and theirs.overrides == was.overrides:
        base = replace(theirs, recurrence=ours.recurrence, overrides=ours.overrides)
    elif (ours.recurrence, ours.overrides) not in (
        (was.recurrence, was.overrides),
        (theirs.recurrence, theirs.overrides),
    ):
        clashes = (*clashes, "recurrence")
    return Merge(replace(base, master=event), clashes)


def arrived(was: Series, sent: Series, theirs: Series) -> Series:
    """What both sides share after a write whose answer was lost: of what was sent, all that theirs shows; else ``was``.

    So an edit made there meanwhile is told apart from our own write.
    """
    if was.master is None or sent.master is None or theirs.master is None:
        return was
    names = (*REMOTE_WINS, *OURS_WINS)
    landed = {
        n: getattr(sent.master, n) for n in names if getattr(sent.master, n) == getattr(theirs.master, n)
    }
    same_dates = (sent.recurrence, sent.overrides) == (theirs.recurrence, theirs.overrides)
    return replace(sent if same_dates else was, master=replace(was.master, **landed))


def _merge_event(was: Event, ours: Event, theirs: Event) -> tuple[Event, tuple[str, ...]]:
    values: dict[str, object] = {}
    clashes = []
    for name in (*REMOTE_WINS, *OURS_WINS):
        before, mine, remote = getattr(was, name), getattr(ours, name), getattr(theirs, name)
        if mine in (remote, before):
            values[name] = remote
        elif remote == before:
            values[name] = mine
        else:
            clashes.append(name)
            values[name] = mine if name in OURS_WINS else remote
    return Event(**values), tuple(clashes)  # type: ignore[arg-type]


def is_confirmation(before: Event, after: Event) -> bool:
    """True if the remote turned a tentative event of ours into a confirmed one."""
    return before.status is Status.TENTATIVE and after.status is Status.CONFIRMED
