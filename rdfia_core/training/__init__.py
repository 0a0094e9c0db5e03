"""Training loops and what they need: batches, checkpoints, diagnoses."""
