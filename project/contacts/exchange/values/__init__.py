"""Single values as address books write them: text, dates, e-mail addresses, labels, photos, encodings."""
