"""The catalogue is watched while capture runs: what changed there, and what is done about it."""
