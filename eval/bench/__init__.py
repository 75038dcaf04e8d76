"""Speed: whole commands, warm questions and embedding, each beside what the machine can do."""
