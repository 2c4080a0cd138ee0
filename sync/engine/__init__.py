"""The shell around the pure core: observe a remote, plan, apply. The only part that talks to backend and store both."""

from sync.engine.engine import AccountReport, CalendarReport, Engine

__all__ = ["AccountReport", "CalendarReport", "Engine"]
