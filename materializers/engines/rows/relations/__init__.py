"""Every relation of a plan, worked out in full over lists of rows."""
