"""PocketBase, beside the application as `make run` starts it: one process on SQLite, of compiled Go."""
