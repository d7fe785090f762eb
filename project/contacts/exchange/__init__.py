"""Address books imported and exported: vCard 2.1, 3.0 and 4.0, CSV and JSON."""
