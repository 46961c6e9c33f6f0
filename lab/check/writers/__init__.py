"""Reports of a check for other programs: one file a form, listed in `registry`."""
