"""Mail: what notices say, and how each leaves once. Notices are rows decided by booking; here they become letters."""

from service.mailing.outbox import send_due

__all__ = ["send_due"]
