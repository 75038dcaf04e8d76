"""The HTTP server: the API, the guard in front of it, and the desk that the page shares."""
