"""What the lab report page is made of."""
