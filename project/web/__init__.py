"""What every route stands on: declarations, parsing, authentication, problem+json, and the API's documents."""
