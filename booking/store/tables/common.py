"""What all tables share: their metadata and the columns that say whose a row is."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(64)
CLOCK = String(5)


def of_practice() -> Column[str]:
    return Column("practice_id", ID, ForeignKey("practice.id"), nullable=False)


def of_provider(*, nullable: bool = False) -> Column[str]:
    return Column("provider_id", ID, ForeignKey("provider.id"), nullable=nullable)
