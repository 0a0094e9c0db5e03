"""Parts of the MNIST MLP page."""
