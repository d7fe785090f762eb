"""Users: their names, passwords, second factors and profiles."""
