"""Hosted CalDAV servers in small: a proxy in front of a real Radicale that does what each of them does differently."""
