"""Offers time and takes bookings. Of ``sync`` it sees only ``sync.model`` and ``sync.codecs``."""
