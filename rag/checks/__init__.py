"""What speaks for and against a statement: one rule a module, each over two aligned texts."""
