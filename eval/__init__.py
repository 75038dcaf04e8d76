"""Question sets, measures, runs and reports."""
