"""A letter as a mail: text and HTML, one recipient, nothing in the header that people typed."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from service.mailing.facts import Facts
from service.mailing.letters import Letter


def message_of(
    letter: Letter, *, facts: Facts, sender: str, recipient: str, dedupe: str, now: datetime
) -> EmailMessage:
    """The mail. Raises ``ValueError`` for a recipient that is not one plain address.

    ``Message-ID`` is derived from ``dedupe``, so that a mail sent twice after a crash is seen to be one.
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
    message.set_content(text_of(letter))
    message.add_alternative(html_of(letter, facts), subtype="html")
    return message


def text_of(letter: Letter) -> str:
    parts = [*letter.paragraphs]
    if letter.link is not None:
        parts.append("\n".join(letter.link))
    return "\n\n".join(part for part in parts if part) + "\n"


def html_of(letter: Letter, facts: Facts) -> str:
    """Plain HTML that mail programs show alike: no picture, no style sheet, nothing fetched."""
    body = "".join(
        f'<p style="margin:0 0 16px;line-height:1.5">{escape(part).replace(chr(10), "<br>")}</p>'
        for part in letter.paragraphs
        if part
    )
    if letter.link is not None:
        label, address = letter.link
        body += f'<p style="margin:0 0 16px"><a href="{escape(address, quote=True)}">{escape(label)}</a></p>'
    return (
        f'<!doctype html><html lang="{escape(facts.locale, quote=True)}"><head><meta charset="utf-8">'
        f"<title>{escape(letter.subject)}</title></head>"
        f'<body style="font-family:sans-serif;max-width:36em;margin:24px auto;padding:0 16px">{body}</body></html>'
    )
