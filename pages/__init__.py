"""One thin file a page. Its docstring's first line is the tooltip in the navigation."""
