"""What the page of the CNN lab is made of."""
