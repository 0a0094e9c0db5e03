"""What pages show: thinned curves, quantised maps, and their packing for the browser."""
