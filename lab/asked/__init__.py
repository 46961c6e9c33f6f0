"""The checks that users write: their grammar as values, one file a kind. Reading and judging them is for others."""
