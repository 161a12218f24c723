"""Each stage against its own limit, measured in the same run; figures as ratios."""
