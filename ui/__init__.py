"""The fronts: command line, web chat, HTTP API."""
