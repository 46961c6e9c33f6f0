"""Readers of the files a user writes: circuit, topology and customer edge files become values, or mistakes."""
