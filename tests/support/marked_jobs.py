"""Job functions that leave a mark where they ran, and the marks planted payloads would leave."""

from pathlib import Path

import redis

MARK = "marks"


class Marks:
    """Keys of the queue server that tell what was executed."""

    def __init__(self, client: redis.Redis, folder: Path) -> None:
        self._client = client
        self.file = folder / "executed"

    def good(self, word: str) -> None:
        self._client.rpush(MARK, word)

    def failing(self, word: str) -> None:
        """Fails with a text that nobody may ever store."""
        raise RuntimeError(f"no event 'Therapy with {word}' at https://cal.example/?token={word}")

    def answering(self, word: str) -> str:
        return word

    @property
    def found(self) -> list[str]:
        return [str(mark, "utf-8") for mark in self._client.lrange(MARK, 0, -1) if isinstance(mark, bytes)]


def callback(_job: object, connection: redis.Redis, *_: object) -> None:
    """What a planted callback would run."""
    connection.rpush(MARK, "callback")
