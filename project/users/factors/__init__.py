"""Second factors, which are asked for besides the password: codes of an app, passkeys, and recovery codes."""
