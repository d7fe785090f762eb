"""CardDAV (RFC 6352): the address book as phones and mail programs sync it."""
