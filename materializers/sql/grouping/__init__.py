"""GROUP BY: groups, aggregates and grouping sets -> relations."""
