"""The web chat: ask, see the answer arrive, click a citation, read the highlighted words."""
