"""What a calendar server was seen to do, in plain words. Pure; the texts are marked where they stand."""

from __future__ import annotations

from collections.abc import Mapping

from booking.ladder import N_

_WORDS: Mapping[tuple[str, str], str] = {
    ("sync_collection", "yes"): N_(
        "It says what changed since the last reading, so a look costs one request."
    ),
    ("sync_collection", "some"): N_(
        "For some calendars it says what changed since the last reading; the others are compared by their versions."
    ),
    ("sync_collection", "no"): N_(
        "It does not say what changed, so each reading compares the versions of all events."
    ),
    ("ctag", "yes"): N_("It marks each calendar with a version, so that an unchanged one is not read."),
    ("ctag", "some"): N_(
        "It marks some calendars with a version, so that those are not read while unchanged."
    ),
    ("ctag", "no"): N_("It does not mark calendars with a version of their own."),
    ("etag_on_write", "yes"): N_("It answers a write with the event's new version."),
    ("etag_on_write", "no"): N_(
        "It does not name the new version after a write, so each written event is read once."
    ),
    ("schedules", "yes"): N_(
        "It mails invitations by itself; what is written here names no guests, so none go out."
    ),
    ("schedules", "no"): N_("It mails no invitations by itself."),
}


_GOOGLE = (
    N_("It says what changed since the last reading, so a look costs one request."),
    N_("It is asked with each write to mail nobody."),
)


def capability_words(kind: str, seen: Mapping[str, str]) -> list[str]:
    """Sentences for what is known of an account's server; a key without words is told as it is.

    Google is the same for everybody; a CalDAV server is asked at each discovery and watched at each write.
    """
    if kind == "google":
        return list(_GOOGLE)
    told = {name for name, _ in _WORDS}
    others = [f"{name}: {value}" for name, value in sorted(seen.items()) if name not in told]
    return [text for (name, value), text in _WORDS.items() if seen.get(name) == value] + others
