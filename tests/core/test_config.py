"""One declaration a field: validation, sentences, conditions."""

import dataclasses
from typing import Literal

import pytest

from rdfia_core.config import (
    ExperimentConfig,
    field_spec,
    field_specs,
    hyperparameter,
    with_default,
)
from rdfia_core.errors import ConfigError


class SampleConfig(ExperimentConfig):
    rate: float = hyperparameter(
        0.1, label="Rate", help="What. Try.", section="A", gt=0, le=10, live=True
    )
    size: int = hyperparameter(3, label="Size", help="What. Try.", section="A", ge=1, le=9)
    kind: Literal["a", "b"] = hyperparameter("a", label="Kind", help="What. Try.", section="B")
    extra: float = hyperparameter(
        0.0, label="Extra", help="What. Try.", section="B", ge=0, shown_when={"kind": ("b",)}
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"rate": -1},
            "The 'rate' parameter of SampleConfig must be a number greater than 0 and at most 10. "
            "Got -1.",
        ),
        (
            {"size": "2.5"},
            "The 'size' parameter of SampleConfig must be a whole number at least 1 and at most 9. "
            "Got '2.5'.",
        ),
        ({"kind": "c"}, "The 'kind' parameter of SampleConfig must be one of a, b. Got 'c'."),
        ({"rate": "nan"}, "Got 'nan'."),
        ({"rate": float("inf")}, "Got inf."),
        ({"rat": 1}, "SampleConfig has no parameter 'rat'. Did you mean 'rate'?"),
        ({"zzzzz": 1}, "Its parameters are: "),
    ],
)
def test_bad_values_are_refused_with_a_sentence(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SampleConfig.build(values)
    assert sentence in str(caught.value)


def test_the_error_names_its_field() -> None:
    with pytest.raises(ConfigError) as caught:
        SampleConfig.build({"size": 100})
    assert caught.value.field == "size"


def test_every_field_at_fault_gets_a_sentence() -> None:
    with pytest.raises(ConfigError) as caught:
        SampleConfig.build({"size": 100, "rate": 0})
    assert "'size'" in str(caught.value)
    assert "'rate'" in str(caught.value)


def test_texts_are_converted() -> None:
    config = SampleConfig.build({"rate": "0.3", "size": "4"})
    assert (config.rate, config.size) == (0.3, 4)


def test_own_fields_come_before_the_common_ones() -> None:
    names = [spec.name for spec in field_specs(SampleConfig)]
    assert names == ["rate", "size", "kind", "extra", "epochs", "seed", "device"]


def test_a_changed_field_without_effect_is_found() -> None:
    assert SampleConfig.build({"extra": 1.0}).without_effect() == ["extra"]
    assert SampleConfig.build({"extra": 1.0, "kind": "b"}).without_effect() == []


def test_the_declaration_is_read_back() -> None:
    spec = field_spec(SampleConfig, "rate")
    assert (spec.kind, spec.minimum, spec.maximum, spec.exclusive_minimum, spec.live) == (
        "number",
        0,
        10,
        True,
        True,
    )


def test_a_condition_may_leave_the_end_of_a_value_open() -> None:
    class Carried(ExperimentConfig):
        source: str = hyperparameter("none", label="S", help="H. Try it.", section="A")
        freeze: str = hyperparameter(
            "no", label="F", help="H. Try it.", section="A", shown_when={"source": ("run:*",)}
        )

    spec = field_spec(Carried, "freeze")
    assert spec.has_effect({"source": "run:12"})
    assert not spec.has_effect({"source": "rerun:12"})
    assert Carried(source="run:1", freeze="yes").without_effect() == []
    assert Carried(freeze="yes").without_effect() == ["freeze"]


def test_a_default_alone_can_be_declared_anew() -> None:
    class Shorter(ExperimentConfig):
        epochs: int = with_default(ExperimentConfig, "epochs", 7)

    before, after = (field_spec(c, "epochs") for c in (ExperimentConfig, Shorter))
    assert after.default == Shorter().epochs == 7
    assert dataclasses.replace(after, default=before.default) == before
    assert ExperimentConfig().epochs == before.default
    with pytest.raises(ConfigError, match="at least 1"):
        Shorter.build({"epochs": 0})
