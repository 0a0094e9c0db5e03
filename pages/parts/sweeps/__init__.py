"""Parts of the sweeps page."""
