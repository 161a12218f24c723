"""Why a nested SELECT stays where it is."""


class Undecorrelated(Exception):
    """Why a nested SELECT cannot be taken off the query around it; it is recomputed then."""
