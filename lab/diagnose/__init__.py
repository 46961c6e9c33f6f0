"""Why a session is not up: evidence from every layer of both ends, and a verdict that follows from it.

`probes` ask, `rules` judge, `report` writes. `diagnose.diagnose` does it for a running lab.
"""
