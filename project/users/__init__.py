"""Users: who one is, by what name, and what one's profile shows."""
