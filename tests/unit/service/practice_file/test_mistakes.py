"""Every kind of mistake in a practice file is told with its line, its field and the mend."""

import re
from dataclasses import dataclass

import pytest

from service.practice_file.problems import PracticeFileWrong
from tests.support.practice_text import GOOD, read


@dataclass(frozen=True)
class Mistake:
    """``old`` of the good text becomes ``new``; the problem is on the line marked ``#!``."""

    old: str
    new: str
    path: str
    text: str


SERVICE = 'name = "First conversation"\nminutes = 60\n'
BLOCK = '  location = "main"\n'
HOLD = '  release = { day = "fr", time = "18:00", weeks_ahead = 1 }\n'
URL = '  url = "https://dav.example.com/ada/"\n'
SECRET = '  password_env = "ADA_CALDAV_PASSWORD"\n'
OVERRIDE = "  date = 2026-12-24\n  closed = true\n"
CALENDAR = '    match = "Work"\n    role = "write"\n'

MISTAKES = {
    "an unknown key names the nearest": Mistake(
        'slug = "elm-street"',
        'slug = "elm-street"\ntimezon = "UTC" #!',
        "practice.timezon",
        'did you mean "timezone"?',
    ),
    "an unknown table names the nearest": Mistake(
        "[notices]", "[notice] #!", "notice", 'this key is unknown, did you mean "notices"?'
    ),
    "an unknown rule": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nminimal_notice = "1h" #!',
        "rules.minimal_notice",
        '"minimum_notice"',
    ),
    "an unknown key in an inline table": Mistake(
        'minimum_notice = "24h"',
        'minimum_notice = { days = 1, until = "21:00", unless = 1 } #!',
        "rules.minimum_notice.unless",
        'did you mean "until"?',
    ),
    "a missing key stands at its table's header": Mistake(
        '[[services]]\ncode = "90791"\n', "[[services]] #!\n", "services[1].code", "this key is missing"
    ),
    "a missing key of a nested table": Mistake(
        '  [[providers.accounts]]\n  name = "ada-home"\n',
        "  [[providers.accounts]] #!\n",
        "providers[0].accounts[0].name",
        "this key is missing",
    ),
    "a number in quotes": Mistake(
        "minutes = 45",
        'minutes = "45" #!',
        "services[0].minutes",
        'a whole number without quotes is expected, not "45"',
    ),
    "a truth value where a number belongs": Mistake(
        "minutes = 45", "minutes = true #!", "services[0].minutes", "a whole number is expected, not true"
    ),
    "a fraction of a minute": Mistake(
        "minutes = 45", "minutes = 45.5 #!", "services[0].minutes", "a whole number is expected"
    ),
    "a truth value in quotes": Mistake(
        "self_scheduling = true", 'self_scheduling = "true" #!', "practice.self_scheduling", "without quotes"
    ),
    "a number where a text belongs": Mistake(
        'code = "90791"',
        "code = 90791 #!",
        "services[1].code",
        "a text in quotes is expected, not the number 90791",
    ),
    "a text where a list belongs": Mistake(
        'modes = ["in_person", "telehealth"]',
        'modes = "in_person" #!',
        "services[0].modes",
        "a list in [ ] is expected",
    ),
    "a list where a text belongs": Mistake(
        'name = "Main office"', 'name = ["Main office"] #!', "locations[0].name", "not a list"
    ),
    "one table where there may be many": Mistake(
        '[[locations]]\nslug = "main"',
        '[locations] #!\nslug = "main"',
        "locations",
        "write [[locations]], not [locations]",
    ),
    "many tables where there is one": Mistake("[page]", "[[page]] #!", "page", "write [page], not [[page]]"),
    "an empty name": Mistake(
        'name = "Main office"', 'name = " " #!', "locations[0].name", "must not be empty"
    ),
    "an endless name": Mistake(
        'name = "Main office"', f'name = "{"x" * 201}" #!', "locations[0].name", "at most 200 characters"
    ),
    "a control character": Mistake(
        'name = "Main office"', 'name = "Main\\u0007office" #!', "locations[0].name", "control characters"
    ),
    "a duration without a unit": Mistake(
        'closed_after = "60m"', "closed_after = 60 #!", "rules.closed_after", 'write "60m", "60h" or "60d"'
    ),
    "a duration in words": Mistake(
        'closed_after = "60m"', 'closed_after = "one hour" #!', "rules.closed_after", 'such as "15m" or "24h"'
    ),
    "a negative duration": Mistake(
        'closed_after = "60m"',
        'closed_after = "-60m" #!',
        "rules.closed_after",
        "a duration is a whole number",
    ),
    "a duration beyond all bounds": Mistake(
        'closed_after = "60m"',
        'closed_after = "999999999w" #!',
        "rules.closed_after",
        "must be from 1m to 730d",
    ),
    "a horizon beyond two years": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nhorizon = "731d" #!',
        "rules.horizon",
        "from 1d to 730d",
    ),
    "a horizon of half a day": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nhorizon = "36h" #!',
        "rules.horizon",
        "must be whole days",
    ),
    "an increment of nothing": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nincrement = "0m" #!',
        "rules.increment",
        "must be from 1m to 24h",
    ),
    "an increment over a day": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nincrement = "2d" #!',
        "rules.increment",
        "must be from 1m to 24h",
    ),
    "a reminder after the fact": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nreminders = ["2d", "0m"] #!',
        "rules.reminders[1]",
        "from 1m",
    ),
    "the same reminder twice": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nreminders = [\n"2d",\n"48h" #!\n]',
        "rules.reminders[1]",
        "twice",
    ),
    "a negative limit": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nmax_per_day = -1 #!',
        "rules.max_per_day",
        "must be from 0 to 1000",
    ),
    "request_only_after not before closed_after": Mistake(
        'request_only_after = "15m"',
        'request_only_after = "2h" #!',
        "rules.request_only_after",
        "request_only_after (2h) must be shorter than closed_after (1h)",
    ),
    "a provider's rule against the practice's": Mistake(
        'services = ["90834"]\n',
        'services = ["90834"]\n  [providers.rules]\n  closed_after = "10m" #!\n',
        "providers[0].rules.closed_after",
        "request_only_after (15m) must be shorter than closed_after (10m)",
    ),
    "a door that closes below where it opens": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nnew_clients = { open_below = 0.9, close_above = 0.8, window = "14d" } #!',
        "rules.new_clients.open_below",
        "must not be above close_above (0.8)",
    ),
    "a percentage where a share belongs": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nnew_clients = { open_below = 70, close_above = 0.8, window = "14d" } #!',
        "rules.new_clients.open_below",
        "for 70 % write 0.7",
    ),
    "a door without a window": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nnew_clients = { open_below = 0.7, close_above = 0.8 } #!',
        "rules.new_clients.window",
        "this key is missing",
    ),
    "a word that is not one of the choices": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nmoved_in_calendar = "move" #!',
        "rules.moved_in_calendar",
        'must be one of propose, reschedule, not "move"',
    ),
    "an unknown title": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\ntitle = "name" #!',
        "rules.title",
        "must be one of id, initials",
    ),
    "an unknown client status in a rule": Mistake(
        'closed_after = "60m"',
        'closed_after = "60m"\nclient_statuses = ["new", "old"] #!',
        "rules.client_statuses[1]",
        "must be one of new, active, inactive",
    ),
    "an unknown zone names the nearest": Mistake(
        'timezone = "America/New_York"\nself',
        'timezone = "America/NewYork" #!\nself',
        "practice.timezone",
        'did you mean "America/New_York"?',
    ),
    "a slug that cannot stand in an address": Mistake(
        'slug = "elm-street"', 'slug = "Elm Street" #!', "practice.slug", 'did you mean "elm-street"?'
    ),
    "a code with a blank": Mistake(
        'code = "90791"', 'code = "90 791" #!', "services[1].code", "only letters, digits"
    ),
    "a service code twice": Mistake(
        'code = "90791"', 'code = "90834" #!', "services[1].code", '"90834" is already used by services[0]'
    ),
    "a location twice": Mistake(
        "[[providers]]\n",
        '[[locations]]\nslug = "main" #!\nname = "Second"\n\n[[providers]]\n',
        "locations[1].slug",
        "already used by locations[0]",
    ),
    "a provider's slug twice": Mistake(
        "[notices]",
        '[[providers]]\nslug = "ada" #!\nname = "Ada"\nemail = "a2@example.com"\n\n[notices]',
        "providers[1].slug",
        "already used by providers[0]",
    ),
    "a provider's address twice": Mistake(
        "[notices]",
        '[[providers]]\nslug = "ada2"\nname = "Ada"\nemail = "ADA@example.com" #!\n\n[notices]',
        "providers[1].email",
        "already used by providers[0]",
    ),
    "a client's id twice": Mistake(
        '[[users]]\nemail = "owner',
        '[[clients]]\nid = "c-1" #!\nname = "X"\nemail = "x@example.com"\n\n[[users]]\nemail = "owner',
        "clients[1].id",
        "already used by clients[0]",
    ),
    "a user twice": Mistake(
        'email = "ada@example.com"\nrole = "provider"',
        'email = "Owner@example.com" #!\nrole = "manager"',
        "users[1].email",
        "already used by users[0]",
    ),
    "a room in two locations": Mistake(
        "[[providers]]\n",
        '[[locations]]\nslug = "second"\nname = "Second"\nrooms = [ "Blue" ] #!\n\n[[providers]]\n',
        "locations[1].rooms",
        "a room of another location too",
    ),
    "a room named any": Mistake(
        'rooms = ["Blue", "Green"]',
        'rooms = ["any", "Green"] #!',
        "locations[0].rooms[0]",
        "give this room another name",
    ),
    "a room that does not exist": Mistake(
        'room = "any"',
        'room = "Bleu" #!',
        "services[0].room",
        'there is no room "Bleu", did you mean "Blue"?',
    ),
    "any room where there is none": Mistake(
        'rooms = ["Blue", "Green"]\n', "", "services[0].room", "no location has rooms"
    ),
    "a telehealth link without https": Mistake(
        "minutes = 45",
        'minutes = 45\ntelehealth_url = "http://meet.example.com" #!',
        "services[0].telehealth_url",
        "https://",
    ),
    "an unknown mode": Mistake(
        'modes = ["in_person", "telehealth"]',
        'modes = ["phone"] #!',
        "services[0].modes[0]",
        "one of in_person, telehealth",
    ),
    "no mode at all": Mistake(
        'modes = ["in_person", "telehealth"]', "modes = [] #!", "services[0].modes", "name at least one"
    ),
    "a session for nobody": Mistake(
        SERVICE, SERVICE + "capacity = 0 #!\n", "services[1].capacity", "must be from 1 to 1000"
    ),
    "a service of the provider that does not exist": Mistake(
        'services = ["90834"]', 'services = ["90843"] #!', "providers[0].services[0]", 'did you mean "90834"?'
    ),
    "a service twice in a list": Mistake(
        'services = ["90834"]', 'services = ["90834", "90834"] #!', "providers[0].services[1]", "named twice"
    ),
    "an address that is none": Mistake(
        'email = "grace@example.com"',
        'email = "grace.example.com" #!',
        "clients[0].email",
        "such as ada@example.com",
    ),
    "an unknown account kind": Mistake(
        'kind = "caldav"',
        'kind = "outlook" #!',
        "providers[0].accounts[0].kind",
        "must be one of caldav, google",
    ),
    "a CalDAV account without its address": Mistake(
        '  [[providers.accounts]]\n  name = "ada-home"\n  kind = "caldav"\n' + URL,
        '  [[providers.accounts]] #!\n  name = "ada-home"\n  kind = "caldav"\n',
        "providers[0].accounts[0].url",
        "the CalDAV server's address",
    ),
    "an address on this machine": Mistake(
        URL,
        '  url = "https://127.0.0.1:5232/" #!\n',
        "providers[0].accounts[0].url",
        "FREEHOLD_ALLOW_PRIVATE_HOSTS",
    ),
    "an address of a cloud's metadata": Mistake(
        URL,
        '  url = "https://169.254.169.254/" #!\n',
        "providers[0].accounts[0].url",
        "a cloud's metadata service",
    ),
    "an address with a password": Mistake(
        URL, '  url = "https://ada:pw@dav.example.com/" #!\n', "providers[0].accounts[0].url", "before the @"
    ),
    "an address that is no web address": Mistake(
        URL, '  url = "ftp://dav.example.com/" #!\n', "providers[0].accounts[0].url", "https"
    ),
    "a password in a variable that is not set": Mistake(
        SECRET,
        '  password_env = "NOT_SET" #!\n',
        "providers[0].accounts[0].password_env",
        "NOT_SET is not set",
    ),
    "a password in an empty variable": Mistake(
        SECRET, '  password_env = "EMPTY" #!\n', "providers[0].accounts[0].password_env", "EMPTY is empty"
    ),
    "a password file that is not there": Mistake(
        SECRET,
        '  password_file = "/nowhere/password" #!\n',
        "providers[0].accounts[0].password_file",
        "/nowhere/password cannot be read",
    ),
    "a relative file in a text without a folder": Mistake(
        SECRET,
        '  password_file = "password" #!\n',
        "providers[0].accounts[0].password_file",
        "write the whole path",
    ),
    "two secrets": Mistake(
        SECRET, SECRET + '  password = "x" #!\n', "providers[0].accounts[0].password", "one secret is enough"
    ),
    "no secret for a new account": Mistake(
        '  [[providers.accounts]]\n  name = "ada-home"\n  kind = "caldav"\n'
        + URL
        + '  username = "ada"\n'
        + SECRET,
        '  [[providers.accounts]] #!\n  name = "ada-home"\n  kind = "caldav"\n'
        + URL
        + '  username = "ada"\n',
        "providers[0].accounts[0].password_env",
        "no password is given and none is stored",
    ),
    "a Google account with a password": Mistake(
        '  kind = "caldav"\n' + URL + '  username = "ada"\n' + SECRET,
        '  kind = "google"\n' + SECRET.rstrip() + " #!\n",
        "providers[0].accounts[0].password_env",
        'an account of kind "google" has no password_env',
    ),
    "an unknown calendar role": Mistake(
        CALENDAR,
        '    match = "Work"\n    role = "read" #!\n',
        "providers[0].accounts[0].calendars[0].role",
        "must be one of write, busy, ignore",
    ),
    "two write calendars": Mistake(
        CALENDAR,
        CALENDAR + '    [[providers.accounts.calendars]]\n    match = "Home"\n    role = "write" #!\n',
        "providers[0].accounts[0].calendars[1].role",
        '"Work" of ada-home is the provider\'s write calendar already',
    ),
    "a calendar matched twice": Mistake(
        CALENDAR,
        CALENDAR + '    [[providers.accounts.calendars]]\n    match = "Work" #!\n    role = "busy"\n',
        "providers[0].accounts[0].calendars[1].match",
        "already used by calendars[0]",
    ),
    "a title for a calendar nobody writes": Mistake(
        CALENDAR,
        '    match = "Work"\n    role = "busy"\n    title = "generic" #!\n',
        "providers[0].accounts[0].calendars[0].title",
        "only role write has a title",
    ),
    "a full day name": Mistake(
        'days = ["mo", "tu"]',
        'days = ["mo", "Tuesday"] #!',
        "providers[0].availability[0].days[1]",
        'did you mean "tu"?',
    ),
    "a day twice": Mistake(
        'days = ["mo", "tu"]', 'days = ["mo", "mo"] #!', "providers[0].availability[0].days[1]", "named twice"
    ),
    "no day": Mistake(
        'days = ["mo", "tu"]', "days = [] #!", "providers[0].availability[0].days", "at least one day"
    ),
    "a time without its zero": Mistake(
        'start = "09:00"', 'start = "9:00" #!', "providers[0].availability[0].start", 'such as "09:00"'
    ),
    "a time that no clock shows": Mistake(
        'start = "09:00"', 'start = "25:00" #!', "providers[0].availability[0].start", 'written "HH:MM"'
    ),
    "midnight at the end as a start": Mistake(
        'start = "09:00"',
        'start = "24:00" #!',
        "providers[0].availability[0].start",
        '"24:00" can only be an end',
    ),
    "an end before its start": Mistake(
        '  end = "17:00"\n  location',
        '  end = "08:00" #!\n  location',
        "providers[0].availability[0].end",
        "after start (09:00)",
    ),
    "an end at midnight written as a start": Mistake(
        '  end = "17:00"\n  location',
        '  end = "00:00" #!\n  location',
        "providers[0].availability[0].end",
        '"24:00"',
    ),
    "a validity that ends before it begins": Mistake(
        BLOCK,
        BLOCK + "  from = 2026-02-01\n  until = 2026-01-01 #!\n",
        "providers[0].availability[0].until",
        "must not be before from (2026-02-01)",
    ),
    "a date that is none": Mistake(
        BLOCK,
        BLOCK + '  from = "2026-02-30" #!\n',
        "providers[0].availability[0].from",
        "not a date of the calendar",
    ),
    "a moment where a date belongs": Mistake(
        BLOCK,
        BLOCK + "  from = 2026-02-03T10:00:00 #!\n",
        "providers[0].availability[0].from",
        "a date is written 2026-12-24",
    ),
    "a location that does not exist": Mistake(
        BLOCK, '  location = "mian" #!\n', "providers[0].availability[0].location", 'did you mean "main"?'
    ),
    "a block for no service": Mistake(
        BLOCK, BLOCK + "  services = [] #!\n", "providers[0].availability[0].services", "leave it out for all"
    ),
    "a block every no week": Mistake(
        BLOCK,
        BLOCK + "  every_weeks = 0 #!\n",
        "providers[0].availability[0].every_weeks",
        "must be from 1 to 52",
    ),
    "an override with a date and a range": Mistake(
        OVERRIDE,
        OVERRIDE + "  from = 2026-12-24 #!\n",
        "providers[0].overrides[0].from",
        "date says it already",
    ),
    "an override with half a range": Mistake(
        "  [[providers.overrides]]\n" + OVERRIDE,
        "  [[providers.overrides]] #!\n  from = 2026-12-24\n  closed = true\n",
        "providers[0].overrides[0].until",
        "for a single day give date",
    ),
    "an override that says nothing": Mistake(
        "  [[providers.overrides]]\n" + OVERRIDE,
        "  [[providers.overrides]] #!\n  date = 2026-12-24\n",
        "providers[0].overrides[0].closed",
        "say closed = true, or give windows",
    ),
    "an override that says two things": Mistake(
        OVERRIDE,
        '  date = 2026-12-24\n  closed = true #!\n  windows = [{ start = "09:00", end = "12:00" }]\n',
        "providers[0].overrides[0].closed",
        "a closed date has no windows",
    ),
    "windows that overlap": Mistake(
        OVERRIDE,
        '  date = 2026-12-24\n  windows = [{start = "09:00", end = "12:00"},\n {start = "11:00", end = "24:00"}] #!\n',
        "providers[0].overrides[0].windows[1].start",
        "overlaps an earlier window",
    ),
    "two overrides of one date": Mistake(
        OVERRIDE,
        OVERRIDE + '  [[providers.overrides]]\n  date = "2026-12-24" #!\n  closed = true\n',
        "providers[0].overrides[1].date",
        "overlaps overrides[0] (2026-12-24 to 2026-12-24), which is as long",
    ),
    "a hold without a day": Mistake(
        '  [[providers.holds]]\n  name = "evening"\n  days = ["tu"]\n',
        '  [[providers.holds]] #!\n  name = "evening"\n',
        "providers[0].holds[0].days",
        "a hold on one day has date instead",
    ),
    "a hold that is weekly and dated": Mistake(
        'name = "evening"\n',
        'name = "evening"\n  date = 2026-05-05 #!\n',
        "providers[0].holds[0].date",
        "leave one of the two",
    ),
    "a hold twice": Mistake(
        HOLD,
        HOLD
        + '  [[providers.holds]]\n  name = "evening" #!\n  days = ["mo"]\n  start = "09:00"\n  end = "10:00"\n',
        "providers[0].holds[1].name",
        "already used by holds[0]",
    ),
    "a hold for a client who does not exist": Mistake(
        'for = ["tag:regulars"]',
        'for = ["client:c-2"] #!',
        "providers[0].holds[0].for[0]",
        'did you mean "c-1"?',
    ),
    "a hold for something else": Mistake(
        'for = ["tag:regulars"]', 'for = ["regulars"] #!', "providers[0].holds[0].for[0]", '"tag:NAME"'
    ),
    "a hold for nobody and somebody": Mistake(
        'for = ["tag:regulars"]',
        'for = ["nobody", "tag:regulars"] #!',
        "providers[0].holds[0].for",
        "stands alone",
    ),
    "a release in words": Mistake(
        HOLD, '  release = "by hand" #!\n', "providers[0].holds[0].release", "must be one of manual"
    ),
    "a release without a time": Mistake(
        HOLD, '  release = { day = "fr" } #!\n', "providers[0].holds[0].release.time", "this key is missing"
    ),
    "stages out of order": Mistake(
        HOLD,
        '  release = [{ to = ["tag:regulars"], before = "1d" },\n { before = "3d" }] #!\n',
        "providers[0].holds[0].release[1].before",
        "stages run in order: must be shorter than 1d",
    ),
    "a stage after everyone": Mistake(
        HOLD,
        '  release = [{ before = "3d" }, #!\n { to = ["status:active"], before = "1d" }]\n',
        "providers[0].holds[0].release[0].before",
        "must be the last",
    ),
    "an unknown status of a client": Mistake(
        'tags = ["regulars"]',
        'tags = ["regulars"]\nstatus = "old" #!',
        "clients[0].status",
        "one of new, active, inactive",
    ),
    "an unknown privilege": Mistake(
        'tags = ["regulars"]',
        'tags = ["regulars"]\nprivilege = "all" #!',
        "clients[0].privilege",
        "one of full, request_only",
    ),
    "a client's provider who does not exist": Mistake(
        'providers = ["ada"]', 'providers = ["adda"] #!', "clients[0].providers[0]", 'did you mean "ada"?'
    ),
    "a contact without an address": Mistake(
        'tags = ["regulars"]',
        'tags = ["regulars"]\ncontacts = [{ name = "Ann" }] #!',
        "clients[0].contacts[0].email",
        "missing",
    ),
    "an unknown role": Mistake(
        'role = "owner"', 'role = "admin" #!', "users[0].role", "must be one of owner, manager, provider, ops"
    ),
    "a user who is no provider": Mistake(
        'email = "ada@example.com"\nrole',
        'email = "eve@example.com" #!\nrole',
        "users[1].email",
        'provider = "slug"',
    ),
    "a notice that does not exist": Mistake(
        "declined = true", "decline = true #!", "notices.decline", 'did you mean "declined"?'
    ),
    "an origin with a path": Mistake(
        'locales = ["en"]',
        'embed_origins = ["https://www.example.com/book"] #!',
        "page.embed_origins[0]",
        'did you mean "https://www.example.com"?',
    ),
    "an origin without https": Mistake(
        'locales = ["en"]',
        'embed_origins = ["http://www.example.com"] #!',
        "page.embed_origins[0]",
        "https://www.example.com",
    ),
    "a privacy text without https": Mistake(
        'locales = ["en"]', 'privacy_url = "www.example.com" #!', "page.privacy_url", "starts with https://"
    ),
    "a language that does not exist": Mistake(
        'locales = ["en"]', 'locales = ["en", "xx"] #!', "page.locales[1]", 'a language such as "en"'
    ),
    "a colour by name": Mistake('locales = ["en"]', 'accent = "red" #!', "page.accent", '"#rrggbb"'),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_alone_with_its_line_and_field_and_mend(mistake: Mistake) -> None:
    assert GOOD.count(mistake.old) >= 1, "the good text does not have what the mistake replaces"
    text = GOOD.replace(mistake.old, mistake.new, 1)
    with pytest.raises(PracticeFileWrong) as wrong:
        read(text)
    marked = [number for number, line in enumerate(text.splitlines(), 1) if "#!" in line]
    expected = marked[0] if marked else text.splitlines().index('room = "any"') + 1
    (line,) = wrong.value.lines
    assert line.startswith(f"practice.toml:{expected}: {mistake.path}: ")
    assert mistake.text in line


def test_the_good_text_has_no_fault_and_no_warning() -> None:
    assert read().warnings == ()


def test_all_problems_are_told_at_once_by_line() -> None:
    text = GOOD.replace("minutes = 45", 'minutes = "45"').replace('kind = "caldav"', 'kind = "exchange"')
    text = text.replace('role = "owner"', 'role = "boss"').replace('name = "Main office"\n', "")
    with pytest.raises(PracticeFileWrong) as wrong:
        read(text)
    problems = wrong.value.problems
    assert [problem.path for problem in problems] == [
        "services[0].minutes",
        "locations[0].name",
        "providers[0].accounts[0].kind",
        "users[0].role",
    ]
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


@pytest.mark.parametrize(
    "text,line",
    [
        ("[practice]\nslug = \n", 2),
        ("[practice]\nslug = 'a'\nslug = 'b'\n", 3),
        ("[practice\n", 1),
        ('[practice]\nname = """\nnever closed\n', 3),
        ("a = 1\n\n[a]\n", 3),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(PracticeFileWrong) as wrong:
        read(text)
    (told,) = wrong.value.lines
    assert re.match(rf"practice\.toml:{line}: this is not TOML: [a-z]", told), told


def test_lists_nested_without_end_are_a_problem_not_a_crash() -> None:
    with pytest.raises(PracticeFileWrong, match="too deep"):
        read("a = " + "[" * 100_000 + "]" * 100_000)


def test_an_empty_file_misses_its_practice() -> None:
    with pytest.raises(PracticeFileWrong) as wrong:
        read("")
    assert wrong.value.lines == (
        "practice.toml:1: practice: this table is missing: [practice] with slug, name and timezone",
    )


def test_a_practice_that_is_no_table_is_told_once() -> None:
    with pytest.raises(PracticeFileWrong) as wrong:
        read("practice = 3\n")
    assert wrong.value.lines == ("practice.toml:1: practice: a table is expected, not the number 3",)


def test_a_key_that_needs_quotes_is_told_in_quotes() -> None:
    with pytest.raises(PracticeFileWrong) as wrong:
        read(GOOD.replace("[page]\n", '[page]\n"a b" = 1\n'))
    assert wrong.value.problems[0].path == 'page."a b"'


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake() -> None:
    assert read("\ufeff" + GOOD.replace("\n", "\r\n")).practice == read().practice
