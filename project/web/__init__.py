"""What all routes share: declarations, parsing, authentication, problem+json, and the API's documents."""
