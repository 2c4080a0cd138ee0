"""An engine over a remote behind a wire."""

from __future__ import annotations

from typing import Any

from tests.support.engine_world import EngineWorld
from tests.support.far_server import FarServer


class FarWorld(EngineWorld):
    """The calendar ``Work`` lies at the place of ``far``."""

    def __init__(self, url: str, far: FarServer) -> None:
        super().__init__(url)
        self.far = far
        self.work = far.place.calendar
        self.backend: Any = lambda _server, **_access: far.open()

    def texts(self) -> dict[str, str]:
        return self.far.texts()

    def writes(self) -> int:
        return sum(not item.by_owner for item in self.far.written)
