"""The address book: contacts, searched, synchronised, and never lost."""
