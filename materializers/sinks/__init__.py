"""Where views are kept: one Protocol, and one leaf module for each kind of target."""
