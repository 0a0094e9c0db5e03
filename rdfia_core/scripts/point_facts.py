"""What a config of points in the plane decides in its script."""

from pathlib import Path
from typing import Any

from rdfia_core.data.point_config import PointsConfig, carried_points


def point_constants(config: PointsConfig, uploads_dir: Path) -> dict[str, Any]:
    """Return the constants that the programs on points declare.

    Raises:
        DataUnavailableError: If the config's own points cannot be read.
    """
    carried = carried_points(config, uploads_dir)
    return {
        "DATASET": config.dataset,
        "NUM_POINTS": config.num_points,
        "NOISE": config.noise,
        "CLASS_BALANCE": config.class_balance,
        "NUM_BLOBS": config.num_classes,
        "VAL_FRACTION": config.val_fraction,
        "TEST_FRACTION": config.test_fraction,
        "IS_CARRIED": bool(carried),
        "CARRIED_POINTS": carried,
    }
