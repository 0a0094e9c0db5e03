"""Circle MLP: one small network, trained four ways, from gradients by hand to torch.optim."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from rdfia_core.config import hyperparameter
from rdfia_core.data.point_config import PointsConfig
from rdfia_core.errors import ConfigError
from rdfia_core.experiments import LIGHT_SHARE, Experiment
from rdfia_core.experiments.circle_mlp.presets import PRESETS
from rdfia_core.models.features import FEATURES
from rdfia_core.training.stage_config import StageConfig


def _canonical_features(value: Any) -> str:
    """Accept a comma list of feature names in any order; return it in the order of the table."""
    text = str(value).strip().lower()
    names = [] if text in ("", "none") else [part.strip() for part in text.split(",")]
    if unknown := [name for name in names if name not in FEATURES]:
        raise ConfigError(
            "The 'features' parameter of CircleMlpConfig must be none, or a comma list of "
            f"{', '.join(FEATURES)}. Got {unknown[0][:60]!r}.",
            "features",
        )
    return ",".join(name for name in FEATURES if name in names) or "none"


class FeaturedPointsConfig(PointsConfig):
    """The points, and what the network is given of each besides its coordinates."""

    features: Annotated[str, BeforeValidator(_canonical_features)] = hyperparameter(
        "none",
        label="Extra input features",
        help="Functions of the coordinates given to the network besides them. Try x₁² and x₂² "
        "with no hidden layer on circles.",
        section="Network",
        editor="list",
        choice_labels={name: feature.label for name, feature in FEATURES.items()},
    )

    @property
    def feature_list(self) -> tuple[str, ...]:
        """Names of the extra input features."""
        return () if self.features == "none" else tuple(self.features.split(","))


class CircleMlpConfig(StageConfig, FeaturedPointsConfig):
    """Hyperparameters of the circle MLP lab. The defaults are the report's manual stage."""


def is_compiled(values: Mapping[str, Any]) -> bool:
    """Whether the compiled loop trains this config: it draws no dropout and uses no GPU."""
    return bool(values["dropout"] == 0 and values["device"] == "cpu")


EXPERIMENT = Experiment(
    name="circle_mlp",
    title="Circle MLP",
    summary="Train one small network four ways, from gradients written by hand to torch.optim, "
    "and watch its decision boundary move.",
    config_class=CircleMlpConfig,
    tasks={
        "train": "rdfia_core.experiments.circle_mlp.train:train",
        "compare_stages": "rdfia_core.experiments.circle_mlp.compare:compare_stages",
        "check_gradients": "rdfia_core.experiments.circle_mlp.compare:check_gradients",
    },
    presets=PRESETS,
    check="rdfia_core.data.point_config:check_points",
    slot_share=LIGHT_SHARE,
    train_many="rdfia_core.experiments.circle_mlp.train:train_many",
    many_if="rdfia_core.experiments.circle_mlp:is_compiled",
)
