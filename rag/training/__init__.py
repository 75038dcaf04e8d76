"""How the bundled reader is trained: `python -m rag.training --help`, docs/reader.md."""
