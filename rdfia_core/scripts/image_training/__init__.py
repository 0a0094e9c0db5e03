"""Programs that the image labs share: their training."""
