"""FROM: its entries, and the joins between them."""
