"""Views pass from one engine to the other, by a process of its own that builds them."""
