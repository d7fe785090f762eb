"""Second factors: what proves who one is besides the password. Codes of an app, passkeys, and recovery codes."""
