"""Content lines of vCards and what is kept of them, whatever the format a contact came in."""
