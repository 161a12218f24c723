"""A view's SQL -> a tree of operators: names resolved, types known, PostgreSQL's meaning kept."""
