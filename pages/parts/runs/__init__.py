"""Parts of the page on runs."""
