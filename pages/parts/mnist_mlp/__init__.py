"""What the page of the MNIST MLP lab is made of."""
