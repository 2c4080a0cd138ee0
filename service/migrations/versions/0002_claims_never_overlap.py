"""Two claims of one resource with different sessions never overlap, but for those put beside others on purpose"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_POSTGRESQL = """
ALTER TABLE claim ADD CONSTRAINT ex_claim_overlap EXCLUDE USING gist
    (resource WITH =, int8range(starts_at, ends_at) WITH &&, "session" WITH <>)
    WHERE (NOT beside)
"""

_SQLITE = """
CREATE TRIGGER {name} BEFORE {event} ON claim
WHEN NOT NEW.beside AND EXISTS (
    SELECT 1 FROM claim AS other
    WHERE other.resource = NEW.resource AND other."session" <> NEW."session" AND other.id <> NEW.id
      AND NOT other.beside
      AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
)
BEGIN SELECT RAISE(ABORT, 'ex_claim_overlap'); END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
        return
    op.execute(_SQLITE.format(name="ex_claim_overlap_insert", event="INSERT"))
    op.execute(_SQLITE.format(name="ex_claim_overlap_update", event="UPDATE"))
