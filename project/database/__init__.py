"""The database: the declarative base, both engines' connections, and requests that only read."""
