"""A user's own FRR file, read: its commands with their lines, what its policy does to a prefix, which line is to blame.

Pure. What FRR would need to run to answer is not guessed: then there is no answer.
"""
