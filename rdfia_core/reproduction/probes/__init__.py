"""What the report claims of networks that need no training, measured; and one lost normalisation.

Each function takes a config, a context and an option, and yields events as a lab's training does.
They are loaded by address, since they import torch.
"""
