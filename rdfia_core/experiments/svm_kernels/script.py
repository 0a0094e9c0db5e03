"""The standalone script of a fit of the SVM lab: what its config decides."""

from typing import Any

from rdfia_core.data.point_config import load_points
from rdfia_core.experiments import Context
from rdfia_core.experiments.svm_kernels import SvmConfig
from rdfia_core.scripts.point_facts import point_constants
from rdfia_core.scripts.recipe import Ran, Recipe


def script(config: SvmConfig, context: Context, ran: Ran) -> Recipe:
    """Return what makes the script of a config.

    Raises:
        DataUnavailableError: If the config's own points cannot be read.
    """
    del ran  # scikit-learn's solvers take one thread of the processor
    gamma = config.gamma if config.gamma in ("scale", "auto") else float(config.gamma)
    constants = {
        **point_constants(config, context.uploads_dir),
        "KERNEL": config.kernel,
        "C": config.C,
        "GAMMA": gamma,
        "DEGREE": config.degree,
        "COEF0": config.coef0,
        "STANDARDIZE": config.standardize,
        "CLASS_WEIGHT": config.class_weight,
        "MULTICLASS": config.multiclass,
        "TOLERANCE": config.tolerance,
        "SEED": config.seed,
    }
    is_binary = load_points(config, context.uploads_dir).num_classes == 2
    everywhere: dict[str, Any] = {
        "spec.kernel": config.kernel,
        "self.spec.kernel": config.kernel,
        "kernel.name": config.kernel,
        "spec.multiclass": config.multiclass,
        "self.spec.multiclass": config.multiclass,
        "spec.class_weight": config.class_weight,
        "normals is not None": config.kernel in ("linear", "linear_svc"),
        "self.weights_2M is not None": config.kernel == "linear_svc",
    }
    if is_binary:
        everywhere |= {"num_classes": 2, "self.num_classes": 2, "len(w_K)": 2}
    return Recipe(
        program=("rdfia_core.experiments.svm_kernels.program",),
        constants=constants,
        known={
            "": everywhere,
            "gamma_value": {"gamma": gamma},
            "standardization": {"is_on": config.standardize},
        },
        kept={"laws": {config.dataset}},
    )
