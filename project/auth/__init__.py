"""Signing up, signing in and staying so: registration, sessions, tokens, and the links that are mailed."""
