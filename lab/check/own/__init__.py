"""Checks of the user's own: one file a kind, which gathers what it needs and judges it."""
