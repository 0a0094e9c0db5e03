"""The network of a standalone script of the CNN lab (rdfia_core/scripts); never imported."""

from torch import nn

from rdfia_core.models.cnn.build import ResidualBlock
from rdfia_core.models.cnn.fast_linear import FastLinear
from rdfia_core.scripts.images.program import SEED
from rdfia_core.seeding import seed_default_generators

# %% Network
# A maximum stands before an increasing activation: the same result on a quarter of the values.
seed_default_generators(SEED)  # of the initial weights and of dropout
network: nn.Sequential = nn.Sequential(ResidualBlock(3, 8, 1), FastLinear(8, 10))
layers = [[p] for p in network.parameters() if p.dim() > 1]
