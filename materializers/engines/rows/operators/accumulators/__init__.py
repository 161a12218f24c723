"""What is kept of a group for a call whose answer follows from sums, so that rows may go again."""
