"""The page of the transformer lab, without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.identity import owner_of
from rdfia_core.jobs.submission import submit
from rdfia_core.models.vit.diagrams import part_diagram
from rdfia_core.models.vit.part_sources import PARTS, source_of
from rdfia_core.models.vit.spec import VitSpec
from rdfia_core.store import RunState, RunStore
from rdfia_core.training.checkpoints import WEIGHTS_FILE, save_arrays
from tests.pages.conftest import ADA, OpenPage


def told(test: AppTest) -> str:
    return "\n".join(element.value for element in [*test.markdown, *test.caption])


def values(test: AppTest) -> dict[str, object]:
    found: dict[str, object] = test.session_state["vit/values"]
    return found


def ended_run(store: RunStore, owner: str = ADA, **config: object) -> str:
    settings = resources.settings()
    run_id = submit(store, settings, "vit", config, owner=owner_of(owner))
    store.update_run(
        run_id, state=RunState.COMPLETED, step=5, epoch=1.0, metrics={"test_accuracy": 0.5}
    )
    save_arrays(settings.run_dir(run_id) / WEIGHTS_FILE, {"x": np.zeros(1)}, {})
    return run_id


def test_only_patches_that_tile_are_offered_and_another_gives_way(open_page: OpenPage) -> None:
    test = open_page("vit", dataset="shapes10", patch_size="4")
    slider = test.select_slider(key="vit.patch_size")
    assert slider.options == ["1", "2", "4", "8", "16", "32"]
    assert "64 patches of 32 × 32" in told(test)
    test = open_page("vit", patch_size="7")
    assert "Patches of 7 pixels do not tile 8: 8 now" in told(test)
    assert values(test)["patch_size"] == 8
    assert not test.exception


def test_a_link_may_hold_values_that_are_allowed_only_together(open_page: OpenPage) -> None:
    test = open_page("vit", embed_dim="48", num_heads="12")
    assert (values(test)["embed_dim"], values(test)["num_heads"]) == (48, 12)
    assert not test.warning
    test = open_page("vit", embed_dim="48", num_heads="5")
    assert any("num_heads" in warning.value for warning in test.warning)
    assert values(test)["embed_dim"] == 48


def test_every_part_is_shown_as_it_runs(open_page: OpenPage) -> None:
    test = open_page("vit", view="Parts")
    assert not test.exception
    shown = [code.value for code in test.code]
    assert shown == [source_of(part) for part in PARTS]
    assert all(part.name in text for part, text in zip(PARTS, shown, strict=True))
    assert [metric.value for metric in test.metric] == ["17", "26,538", "457,152"]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_has_a_diagram_with_the_shapes_of_the_network(part: object) -> None:
    spec = VitSpec(28, 1, 10, 7, 32, 2, 4)
    text = part_diagram(part.name, spec, "dark")  # type: ignore[attr-defined]
    assert text.startswith("digraph {")
    assert "17" in text or "16 tokens × 32" in text
    assert text != part_diagram(part.name, spec, "light")  # type: ignore[attr-defined]


def test_one_starts_from_ones_own_run(open_page: OpenPage, store: RunStore) -> None:
    run_id = ended_run(store, dataset="shapes10", patch_size=8, embed_dim=64, normalization="none")
    others = ended_run(store, owner="e" * 43)
    test = open_page("vit", view="Fine-tune")
    assert "**shapes10**, 1 epochs, test accuracy 50.0%" in told(test)
    assert others[:8] not in told(test)
    test.button(key=f"vit/source/{run_id}").click().run()
    assert not test.exception
    chosen = values(test)
    assert chosen["init_from"] == f"run:{run_id}"
    assert chosen["normalization"] == "none"
    assert (chosen["embed_dim"], chosen["patch_size"], chosen["input_size"]) == (64, 8, 32)
    assert test.query_params["init_from"] == f"run:{run_id}"
    assert "vit.embed_dim" not in [slider.key for slider in test.select_slider]
    test.selectbox(key="vit.freeze").set_value("backbone").run()
    test.button(key="vit/source/scratch").click().run()
    assert values(test)["init_from"] == "scratch"
    assert values(test)["freeze"] == "none"


def test_anothers_run_cannot_be_started_from(open_page: OpenPage, store: RunStore) -> None:
    others = ended_run(store, owner="e" * 43)
    test = open_page("vit", init_from=f"run:{others}")
    assert any("of yours to start from" in error.value for error in test.error)
    assert not test.exception


def test_a_timm_network_fills_in_what_it_is_made_for(open_page: OpenPage) -> None:
    test = open_page("vit", init_from="timm:resnet18")
    assert values(test)["backbone"] == "resnet18"
    assert values(test)["input_size"] == 224
    assert values(test)["input_channels"] == "colour"
    assert not test.exception
    assert not test.error


def test_without_a_run_the_views_say_what_to_do_first(open_page: OpenPage) -> None:
    assert any("Train a network first" in i.value for i in open_page("vit", view="Attention").info)
    assert any("no finished run" in i.value for i in open_page("vit", view="Fine-tune").info)
