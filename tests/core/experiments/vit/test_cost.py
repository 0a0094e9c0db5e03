"""Cost against tokens: measured in order, within a budget, with what was left out told."""

from pathlib import Path
from typing import Any

import pytest

from rdfia_core.events import End, Event, Metrics, Result, Started
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.experiments.vit import cost as cost_task
from rdfia_core.experiments.vit.cost import TOKENS, cost
from rdfia_core.models.vit.attention_cost import Cost


def events(tmp_path: Path, **values: Any) -> list[Event]:
    config = VitConfig.build({"dataset": "digits", "device": "cpu", **values})
    return list(cost(config, Context("cpu", tmp_path)))


def rows(found: list[Event]) -> list[dict[str, float]]:
    return [dict(e.scalars) for e in found if isinstance(e, Metrics)]


def result(found: list[Event]) -> dict[str, Any]:
    return dict(next(e.data for e in found if isinstance(e, Result)))


def test_it_measures_more_and_more_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_task, "TOKENS", (8, 16, 32, 64, 128))
    found = events(tmp_path, embed_dim=16, num_heads=2, epochs=7)
    assert isinstance(found[0], Started)
    assert found[0].num_parameters == 4 * 16 * 16 + 4 * 16
    assert [row["tokens"] for row in rows(found)] == [8, 16, 32, 64, 128]
    assert all(row["seconds"] > 0 for row in rows(found))
    assert isinstance(found[-1], End)
    assert found[-2].epoch == 7  # type: ignore[union-attr]
    assert result(found)["left_out"] == ""
    assert result(found)["bytes"]["parts"][2] == pytest.approx(4 * 2, rel=0.05)


def quadratic(seconds: float, num_bytes: float) -> Any:
    def measured(_layer: object, num_tokens: int, _dim: int, _device: str) -> Cost:
        return Cost(seconds * num_tokens**2, int(num_bytes * num_tokens**2), 3)

    return measured


@pytest.mark.parametrize(
    ("seconds", "num_bytes", "sentence"),
    [
        (1e-9, 1e9 / 1024**2, "1,536 tokens and more would take over 1 GB"),
        (20 / 512**2, 1, "256 tokens and more would take longer than 10 s"),
    ],
)
def test_it_stops_before_the_budget_is_spent(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    num_bytes: float,
    sentence: str,
) -> None:
    monkeypatch.setattr(cost_task, "measure", quadratic(seconds, num_bytes))
    found = events(tmp_path)
    assert result(found)["left_out"] == sentence
    assert 4 <= len(rows(found)) < len(TOKENS)
