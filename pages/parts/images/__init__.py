"""Views that the pages of all image labs have in common."""
