"""Every state of the page is a link."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import address
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.experiments.vit import VitConfig


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    parameters: dict[str, str] = {}
    monkeypatch.setattr(address.st, "query_params", parameters)
    return parameters


def test_defaults_leave_the_address_empty(query: dict[str, str]) -> None:
    address.write_values(CircleMlpConfig, CircleMlpConfig().model_dump())
    assert query == {}


def test_what_differs_is_written_and_read_back(query: dict[str, str]) -> None:
    values: dict[str, Any] = {"dataset": "moons", "hidden_layers": "4,4", "learning_rate": 0.3}
    address.write_values(CircleMlpConfig, CircleMlpConfig.build(values).model_dump())
    assert query == {"dataset": "moons", "hidden_layers": "4,4", "learning_rate": "0.3"}
    assert address.read_values(CircleMlpConfig) == (values, [])


def test_back_at_the_default_the_name_goes(query: dict[str, str]) -> None:
    query["seed"] = "5"
    query["run"] = "abc"
    address.write_values(CircleMlpConfig, CircleMlpConfig().model_dump())
    assert query == {"run": "abc"}


def test_a_bad_value_is_named_and_the_others_hold(query: dict[str, str]) -> None:
    query |= {"learning_rate": "-3", "seed": "4", "unknown": "ignored"}
    values, problems = address.read_values(CircleMlpConfig)
    assert values == {"seed": 4}
    assert len(problems) == 1
    assert "'learning_rate'" in problems[0]
    assert "The default is used instead." in problems[0]


@given(
    st.fixed_dictionaries(
        {
            "learning_rate": st.floats(1e-6, 100, allow_nan=False),
            "seed": st.integers(0, 2**31 - 1),
            "noise": st.floats(0, 1),
            "hidden_layers": st.lists(st.integers(1, 64), max_size=6).map(
                lambda sizes: ",".join(map(str, sizes))
            ),
        }
    )
)
def test_any_config_survives_the_address(values: dict[str, Any]) -> None:
    config = CircleMlpConfig.build(values)
    parameters: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address.st, "query_params", parameters)
        address.write_values(CircleMlpConfig, config.model_dump())
        found, problems = address.read_values(CircleMlpConfig)
    assert problems == []
    assert CircleMlpConfig.build(found) == config


def test_runs_are_named_and_taken_away(query: dict[str, str]) -> None:
    address.set_run_id("abc")
    address.set_run_id("def", "check_gradients")
    assert (address.run_id(), address.run_id("check_gradients")) == ("abc", "def")
    address.set_run_id("")
    assert "run" not in query


@pytest.mark.parametrize(("text", "speed"), [("full", None), ("5", 5.0), ("0.2", 0.2)])
def test_the_speed_is_read(query: dict[str, str], text: str, speed: float | None) -> None:
    query["speed"] = text
    assert address.read_speed(30.0) == (speed, "")
    address.write_speed(speed, 30.0)
    assert query["speed"] == text


@pytest.mark.parametrize("text", ["fast", "-1", "0", "nan", "1e9"])
def test_a_bad_speed_is_named_and_the_default_used(query: dict[str, str], text: str) -> None:
    query["speed"] = text
    speed, problem = address.read_speed(30.0)
    assert speed == 30.0
    assert repr(text) in problem


def test_the_default_speed_is_not_written(query: dict[str, str]) -> None:
    query["speed"] = "5"
    address.write_speed(30.0, 30.0)
    assert query == {}


def test_values_that_are_allowed_only_together_are_read_together(query: dict[str, str]) -> None:
    query |= {"embed_dim": "48", "num_heads": "12"}
    assert address.read_values(VitConfig) == ({"embed_dim": 48, "num_heads": 12}, [])
    query["num_heads"] = "7"
    values, problems = address.read_values(VitConfig)
    assert values == {"embed_dim": 48}
    assert "num_heads" in problems[0]
