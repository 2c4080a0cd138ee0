"""Ways besides mail by which notices go: each practice's own, by the library Apprise, behind the guarded way out."""
