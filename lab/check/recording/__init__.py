"""The running lab as checks that hold: what `mseelab record` writes."""
