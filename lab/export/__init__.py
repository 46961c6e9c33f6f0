"""Leaving: a lab as files that others bring up without us. One exporter a format, named in `lab.export.registry`."""
