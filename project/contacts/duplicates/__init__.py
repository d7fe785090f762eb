"""Contacts that may be one person: found, scored, and merged without losing a value."""
