"""JSON under ``/api/v1``: each call is described once, and from that it is checked, routed and documented."""
