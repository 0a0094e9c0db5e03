"""The views on timm, fields and cost without a browser: runs are executed on the spot."""

import pytest
from streamlit.testing.v1 import AppTest

from app import resources, side_task
from app.identity import owner_of
from rdfia_core.experiments.vit import cost
from rdfia_core.store import RunStore
from tests.pages.conftest import ADA

SCRIPT = """
from app.controls import draw_form
from pages.parts.vit.{module} import {function}
from rdfia_core.experiments import experiment_named

{function}(draw_form(experiment_named("vit")))
"""
REPEATED = {"probe_channels": "repeat", "probe_size": "resize"}


def view(module: str, function: str, **query: str) -> AppTest:
    script = SCRIPT.format(module=module, function=function)
    test = AppTest.from_string(script, default_timeout=60)
    for name, value in {"device": "cpu", **query}.items():
        test.query_params[name] = value
    return test.run()


def timm_view(**query: str) -> AppTest:
    return view("timm_models", "draw_timm", **query)


def told(test: AppTest) -> str:
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def test_a_small_image_is_refused_in_an_error_box(worker: RunStore) -> None:
    test = timm_view()
    (error,) = test.error
    assert "AssertionError" in error.value
    assert "Input height (8) doesn't match model (224)." in error.value
    assert "built for images of 224 × 224" in told(test)
    assert "1 × 1 × 8 × 8" in told(test)
    assert "ViT tiny, patch 16 | 5.72 M | 1.25 B | 224 | 16" in told(test)


def test_the_switches_remedy_it(worker: RunStore) -> None:
    test = timm_view()
    test.segmented_control(key="vit.probe_channels").set_value("repeat").run()
    assert "AssertionError" in test.error[0].value
    test.segmented_control(key="vit.probe_size").set_value("resize").run()
    assert not test.error
    assert metrics(test)["Patches"] == "14 × 14"
    assert metrics(test)["Tokens"] == "197"
    assert "all of it is seen" in told(test)
    assert test.query_params["probe_size"] == "resize"
    test.run()
    (run,) = worker.runs()  # those of the other settings are forgotten
    assert run.config["probe_channels"] == "repeat"


def test_one_patch_is_all_that_is_seen(worker: RunStore) -> None:
    query = {"dataset": "shapes10", "probe_size": "img_size"}
    assert metrics(timm_view(**query, timm_name="vit_small_patch32_224"))["Pixels seen"] == "100.0%"
    test = timm_view(dataset="digits", probe_channels="repeat", probe_size="img_size",
                     probe_patch="7")  # fmt: skip
    assert metrics(test)["Pixels seen"] == "76.6%"  # 49 of 64
    assert "the output changed by **0.0**" in told(test)
    assert "With a single patch" in told(test)


def test_an_untrained_resnet_is_explained(worker: RunStore) -> None:
    test = timm_view(**REPEATED | {"probe_size": "as_is"}, timm_name="resnet18")
    assert metrics(test)["Last feature maps"] == "1 × 1"
    assert "starts each residual branch of a ResNet at zero" in told(test)
    assert not [slider for slider in test.select_slider if slider.key == "vit.probe_patch"]


def test_too_many_patches_are_a_sentence(worker: RunStore) -> None:
    test = timm_view(**REPEATED, probe_patch="2")
    assert "at most 1,024 patches" in test.error[0].value
    assert not test.exception


def test_without_network_the_page_says_that_weights_are_random(
    worker: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "http://127.0.0.1:9/model.safetensors"
    monkeypatch.setattr("rdfia_core.models.timm_weights.weights_url", lambda name: address)
    monkeypatch.setenv("no_proxy", "*")
    test = timm_view(**REPEATED, probe_weights="pretrained")
    assert "Random weights: The pretrained weights of vit_tiny_patch16_224 could" in told(test)
    assert not test.error


def test_the_cost_is_measured_and_read(worker: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "TOKENS", (8, 16, 32, 64, 128))
    test = view("cost", "draw_cost")
    test.button(key="vit/cost").click().run()
    assert not test.exception
    assert "the square is more than half of the memory" in told(test)
    assert "n = 2 D = 64" in told(test)
    test.select_slider(key="vit.embed_dim").set_value(64).run()
    assert "other settings than those now in the form: Embedding size" in told(test)


def test_fields_and_larger_images_are_drawn(worker: RunStore) -> None:
    test = view("fields", "draw_fields", dataset="shapes10", patch_size="4")
    assert [error.value[:18] for error in test.error] == [
        "CNN, fully connect",
        "The form's transfo",
    ]
    assert "| CNN, global average pooling | 1×10 | 1×10 | 1×10 |" in told(test)
    test.button(key="vit/fields").click().run()
    assert not test.exception
    assert "3 draws of initial weights" in told(test)
    assert len(test.get("image")) == 1 + 6 + 3


def test_the_fields_of_a_run_are_those_of_its_weights(worker: RunStore) -> None:
    values = {"dataset": "digits", "num_train": 200, "num_val": 0, "epochs": 1, "device": "cpu"}
    run_id = side_task.submit(worker, resources.settings(), "vit", values, owner=owner_of(ADA))
    test = view("fields", "draw_fields", run=run_id)
    (button,) = [button for button in test.button if button.key == "vit/fields"]
    assert button.label == "Measure with the run's weights"
    button.click().run()
    assert not test.exception
    assert "the weights of the run as of step 4" in told(test)
