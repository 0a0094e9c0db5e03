"""What the page of the Vision Transformer lab is made of."""
