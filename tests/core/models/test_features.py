import pytest
import torch

from rdfia_core.errors import ConfigError
from rdfia_core.models.features import FEATURES, expand, feature_names

POINTS = torch.tensor([[0.5, -1.5], [2.0, 3.0]], dtype=torch.float64)


def test_without_features_the_inputs_stay_as_they_are():
    assert expand(POINTS, []) is POINTS
    assert feature_names([]) == ["x₁", "x₂"]


def test_features_come_after_the_coordinates_in_the_order_chosen():
    expanded = expand(POINTS, ["sin_y", "xy", "x2", "y2", "sin_x"])
    x, y = POINTS.unbind(1)

    expected = torch.stack([x, y, torch.sin(y), x * y, x**2, y**2, torch.sin(x)], dim=1)
    torch.testing.assert_close(expanded, expected, rtol=1e-15, atol=0)
    assert feature_names(["sin_y", "xy", "x2"]) == ["x₁", "x₂", "sin x₂", "x₁x₂", "x₁²"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_features_keep_the_dtype(dtype):
    assert expand(POINTS.to(dtype), list(FEATURES)).dtype == dtype


@pytest.mark.parametrize("ask", [feature_names, lambda names: expand(POINTS, names)])
def test_an_unknown_feature_is_refused(ask):
    with pytest.raises(ConfigError, match="'x3'") as caught:
        ask(["x2", "x3"])

    assert caught.value.field == "features"
