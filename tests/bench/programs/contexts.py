"""The context of a run that nobody records."""

from rdfia_core.config import ExperimentConfig, field_specs
from rdfia_core.experiments import Context
from rdfia_core.settings import Settings


def context_of(config: ExperimentConfig) -> Context:
    """Return what `Execution` would hand to this config's training generator at full speed."""
    live = {
        spec.name: getattr(config, spec.name) for spec in field_specs(type(config)) if spec.live
    }
    return Context("cpu", Settings().uploads_dir, live, attentive=False)
