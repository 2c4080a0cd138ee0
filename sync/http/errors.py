"""What can go wrong on the way out, cut by what the caller does next."""

from sync.model.wording import N_

UNREACHABLE = N_(
    "The server cannot be reached. It may be down or too slow, or its name may be wrong "
    "or lead to an address that must not be used."
)
BROKEN_OFF = N_("The server broke off in the middle of its answer.")
NOT_TRUSTED = N_(
    "The server's certificate is not valid for this name, or has expired, or its issuer is not known."
)


class OutboundError(Exception):
    """A request that did not end in an answer.

    ``text`` is a plain sentence for people and names neither credentials nor a path; ``reason`` is a short
    code for the log, never shown: what it tells apart would let a stranger map the network this program
    stands in.
    """

    def __init__(self, text: str, *, reason: str) -> None:
        super().__init__(text)
        self.text = text
        self.reason = reason


class UrlRefused(OutboundError):
    """The URL itself is wrong or leads where it must not; ``text`` says what is wrong and how to mend it."""

    def __init__(self, text: str, *, reason: str = "url") -> None:
        super().__init__(text, reason=reason)


class HostRefused(OutboundError):
    """An address that must not be used. Its text is that of a server that is down, on purpose."""

    def __init__(self, reason: str) -> None:
        super().__init__(UNREACHABLE, reason=reason)


class RedirectRefused(OutboundError):
    """The server sent us elsewhere: to another origin, in circles, or in answer to a write."""


class ResponseTooLarge(OutboundError):
    """More bytes, after decompression, than the caller allowed. Nothing of the answer is kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The server's answer is larger than the {limit / 2**20:.0f} MiB that are read.",
            reason="too-large",
        )
        self.limit = limit


class Unreachable(OutboundError):
    """No whole answer: name not found, refused, timed out, cut, or not to be trusted. Worth trying again
    later."""

    def __init__(self, reason: str, text: str = UNREACHABLE) -> None:
        super().__init__(text, reason=reason)


class DeadlineExceeded(Unreachable):
    """The answer had begun and did not end in the time allowed."""

    def __init__(self) -> None:
        super().__init__("deadline", N_("The server's answer did not end within the time allowed."))
