"""The nodes of a plan: relations, independent of how an engine maintains them."""
