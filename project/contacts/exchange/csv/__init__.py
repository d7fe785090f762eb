"""CSV: our own, Google's, Outlook's, and what people make with a spreadsheet."""
