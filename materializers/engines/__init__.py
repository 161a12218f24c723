"""What keeps views: one engine a folder."""
