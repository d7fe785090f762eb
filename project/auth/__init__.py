"""Accounts: registration, sign-in, sessions and their tokens, mailed links, and app passwords for CardDAV."""
