"""What people type about themselves: cleaned, checked, and shortened to what a calendar may show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from booking.ladder import N_
from booking.refusals import FieldError
from sync.model.text import multi_line, single_line

NAME_LENGTH = 80
NOTE_LENGTH = 1000
EMAIL_LENGTH = 254
_LOCAL_LENGTH = 64

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_PHONE = re.compile(r"\+?[0-9 ()./x-]{3,38}[0-9]", re.IGNORECASE)
_FEWEST_DIGITS = 5
# Overrides and isolates make a text read backwards on the page it is quoted on.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean_line(text: str) -> str:
    """One line in NFC, without control and bidi characters, inner blanks single."""
    return " ".join(single_line(text).split())


def clean_text(text: str) -> str:
    """Lines in NFC, without control and bidi characters, no blanks at the ends."""
    return multi_line(_BIDI.sub("", text)).strip()


def clean_email(text: str) -> str:
    """The address with its domain in the form that mail servers take; what is no address stays as it is."""
    address = single_line(text)
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def email_key(address: str) -> str:
    """Equal for addresses that are taken to be one person's."""
    return clean_email(address).casefold()


def initials(name: str) -> str:
    """First letters of the first and the last word, upper case; of a single word its first."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def first_name(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.strip() else ""


def is_email(address: str) -> bool:
    """One plain mailbox: no lists, no names, no quotes, a domain with a dot."""
    local, _, domain = address.rpartition("@")
    fits = len(address) <= EMAIL_LENGTH and len(local) <= _LOCAL_LENGTH
    return fits and bool(_LOCAL.fullmatch(local)) and bool(_DOMAIN.fullmatch(domain))


def is_phone(number: str) -> bool:
    return bool(_PHONE.fullmatch(number)) and sum(sign.isdigit() for sign in number) >= _FEWEST_DIGITS


def person_errors(*, name: str, email: str, phone: str) -> Iterator[FieldError]:
    """What is wrong with cleaned words about a person; fields as the JSON body names them."""
    if not name:
        yield FieldError("client.name", N_("A name is needed."))
    elif len(name) > NAME_LENGTH:
        yield FieldError("client.name", N_("A name may have at most 80 characters."))
    if not email:
        yield FieldError("client.email", N_("A mail address is needed."))
    elif not is_email(email):
        yield FieldError("client.email", N_("This is not a mail address."))
    if phone and not is_phone(phone):
        yield FieldError("client.phone", N_("This is not a phone number."))


def text_errors(field: str, text: str, *, needed: bool = False) -> Iterator[FieldError]:
    if needed and not text:
        yield FieldError(field, N_("Some words are needed."))
    if len(text) > NOTE_LENGTH:
        yield FieldError(field, N_("At most 1000 characters fit here."))
