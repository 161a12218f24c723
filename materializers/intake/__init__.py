"""Records of the topics up to a cut, in order, as typed columns."""
