"""Mirrors calendars both ways. Knows neither ``booking`` nor ``service``."""
