"""The standalone script of a run of the circle MLP: what its config decides."""

from collections.abc import Collection

from rdfia_core.experiments import Context
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.scripts.point_facts import point_constants
from rdfia_core.scripts.recipe import Ran, Recipe
from rdfia_core.scripts.stage_facts import STAGE_CLASSES, stage_constants, stage_kept, stage_known


def script(config: CircleMlpConfig, context: Context, ran: Ran) -> Recipe:
    """Return what makes the script of a config.

    Raises:
        DataUnavailableError: If the config's own points cannot be read.
    """
    constants = {
        **stage_constants(config, ran),
        **point_constants(config, context.uploads_dir),
        "FEATURES": config.feature_list,
    }
    tables: dict[str, Collection[str]] = {
        "laws": {config.dataset},
        "FEATURES": set(config.feature_list),
    }
    return Recipe(
        program=("rdfia_core.experiments.circle_mlp.program",),
        constants=constants,
        known=stage_known(config),
        kept={**stage_kept(config), **tables},
        instead={"rdfia_core.models.stages.interface:Stage": STAGE_CLASSES[config.stage]},
    )
