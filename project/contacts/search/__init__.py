"""How contacts are found: text folded for comparison, telephone numbers, and the keys stored with a contact."""
