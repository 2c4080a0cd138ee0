"""The doorbell: RQ on a Valkey or Redis server, by default an embedded one. The database is the truth."""
