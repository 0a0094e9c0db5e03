"""What the page of the transformer lab is made of."""
