"""Hyperparameters of what an image lab offers beside training: a study, and a picture to ask about.

Free of torch: the interface process reads them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BeforeValidator, model_validator

from rdfia_core.config import hyperparameter
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.image_set_config import Picture, picture_field
from rdfia_core.training.variants import canonical_variants, split_variants

Variants = Annotated[str, BeforeValidator(canonical_variants)]


def variants_field(default: str) -> Any:
    """Declare the variants of a study; a lab has a default of its own."""
    return hyperparameter(
        default,
        label="Variants",
        help="What the study changes: field=value, several fields joined by ; and up to five "
        "variants by |. Try learning_rate=0.01|learning_rate=0.001.",
        section="Study",
        editor="line",
    )


class StudiedImageConfig(ImageConfig):
    """What the study varies and how often it trains, and the picture that a network is asked."""

    hidden_sections: ClassVar[tuple[str, ...]] = ("Study", "Picture")

    variants: Variants = variants_field("weight_decay=0.0005")
    num_seeds: int = hyperparameter(
        3,
        label="Seeds",
        help="How many times the study trains the baseline and each variant, with the same seeds. "
        "Try 5 before you believe a difference of one point.",
        section="Study",
        ge=1,
        le=10,
    )
    picture: Picture = picture_field()

    @model_validator(mode="after")
    def _variants_are_configs(self) -> Self:
        """Build every variant once: what is not allowed is refused before anything trains."""
        for changes in split_variants(self.variants):
            variant_of(self, changes)
        return self


Studied = TypeVar("Studied", bound=StudiedImageConfig)


def variant_of(config: Studied, changes: Mapping[str, Any]) -> Studied:
    """Return a config with some fields changed and no variants of its own.

    Raises:
        ConfigError: If a value is not allowed.
    """
    values = {name: getattr(config, name) for name in type(config).model_fields}
    return type(config).build({**values, **changes, "variants": ""})
