"""The way of the schema from one release to the next; ``service.schema`` walks it."""
