"""Real local servers for the demo and the tests: fetch, start, wait until they answer, stop."""
