"""What a query is once it is planned: a tree of relations, with nothing of how they are kept."""
