"""Models, and the mathematics that they are made of."""
