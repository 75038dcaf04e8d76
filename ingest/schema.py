"""The tables of a catalog."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE articles (
    id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, version TEXT NOT NULL,
    title TEXT, author TEXT, outlet TEXT, published TEXT, url TEXT, language TEXT,
    tokens INTEGER NOT NULL, added TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article TEXT NOT NULL REFERENCES articles(id),
    start INTEGER NOT NULL, end INTEGER NOT NULL, sentences TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_of_article ON passages(article);
CREATE VIRTUAL TABLE words USING fts5(
    title, body, tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TABLE files (path TEXT PRIMARY KEY, digest TEXT NOT NULL);
CREATE TABLE removed_passages (id INTEGER PRIMARY KEY);
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""
DRAFTS = "CREATE TABLE IF NOT EXISTS drafts (digest BLOB PRIMARY KEY, vector BLOB NOT NULL)"
TERMS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'words', 'row')"
"""The stems of the full-text index; a view of each connection."""
