"""A letter as a mail: text and HTML, one recipient, nothing in the header that people typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from booking.client_event import Method
from service.mailing.facts import Facts
from service.mailing.letters import Letter

_ADDRESS = re.compile(r"https://[^\s<>\"]+[^\s<>\".,;:!?)]")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A calendar object with the METHOD it says. ``others`` is a file with further dates, to be taken by hand: mail
    programs act on one event a mail."""

    method: Method
    text: str
    others: str = ""


def message_of(
    letter: Letter, *, facts: Facts, sender: str, recipient: str, dedupe: str, now: datetime,
    reply_to: str = "", invitation: Invitation | None = None,
) -> EmailMessage:  # fmt: skip
    """The mail. Raises ``ValueError`` for a recipient that is not one plain address.

    ``Message-ID`` is derived from ``dedupe``, so that a mail sent twice after a crash is seen to be one.
    An ``invitation`` stands twice in it: as the alternative that Google, Apple and Outlook act on (RFC 6047), and as
    a file for all others.
    """
    if any(bad in recipient for bad in ",;<>\r\n \t") or recipient.count("@") != 1:
        raise ValueError("the recipient is not one plain mail address")
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{dedupe}@{sender.rsplit('@', 1)[-1].rstrip('>')}>"
    message["Auto-Submitted"] = "auto-generated"
    if reply_to:
        message["Reply-To"] = reply_to
    message.set_content(text_of(letter))
    message.add_alternative(html_of(letter, facts), subtype="html")
    if invitation is not None:
        _invite(message, invitation)
    return message


def _invite(message: EmailMessage, invitation: Invitation) -> None:
    content = invitation.text.encode()
    message.add_alternative(
        content, maintype="text", subtype="calendar", cte="base64",
        params={"charset": "UTF-8", "method": invitation.method.value},
    )  # fmt: skip
    alternative = message.get_payload()[-1]  # type: ignore[index]
    del alternative["Content-Disposition"]  # type: ignore[union-attr]
    message.add_attachment(
        content, maintype="application", subtype="ics", cte="base64", filename="appointment.ics",
        params={"method": invitation.method.value},
    )  # fmt: skip
    if invitation.others:
        message.add_attachment(
            invitation.others.encode(), maintype="text", subtype="calendar", cte="base64",
            filename="further-dates.ics", params={"charset": "UTF-8", "method": Method.PUBLISH.value},
        )  # fmt: skip


def text_of(letter: Letter) -> str:
    parts = [*letter.paragraphs]
    if letter.link is not None:
        parts.append("\n".join(letter.link))
    return "\n\n".join(part for part in parts if part) + "\n"


def html_of(letter: Letter, facts: Facts) -> str:
    """Plain HTML that mail programs show alike: no picture, no style sheet, nothing fetched."""
    language = facts.locale.replace("_", "-")
    body = "".join(
        f'<p style="margin:0 0 16px;line-height:1.5">{_linked(part)}</p>'
        for part in letter.paragraphs
        if part
    )
    if letter.link is not None:
        label, address = letter.link
        body += f'<p style="margin:0 0 16px"><a href="{escape(address, quote=True)}">{escape(label)}</a></p>'
    return (
        f'<!doctype html><html lang="{escape(language, quote=True)}"><head><meta charset="utf-8">'
        f"<title>{escape(letter.subject)}</title></head>"
        f'<body style="font-family:sans-serif;max-width:36em;margin:24px auto;padding:0 16px">{body}</body></html>'
    )


def _linked(text: str) -> str:
    """The text as HTML, its web addresses as links."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [escape(text[at : found.start()])]
        parts += [f'<a href="{escape(found[0], quote=True)}">{escape(found[0])}</a>']
        at = found.end()
    return "".join([*parts, escape(text[at:])]).replace("\n", "<br>")
