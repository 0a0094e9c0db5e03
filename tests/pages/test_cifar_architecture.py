"""The Architecture view of the CNN lab without a browser, its component played by a button."""

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rdfia_core.models.cnn.blocks import canonical
from tests.pages.conftest import OpenPage

MODULE = "pages.parts.cifar_cnn.architecture"
DATA_SET = {"channels": 3, "size": 32, "classes": 10}


class Component:
    """What the component was last given, and what it says when its button is pressed."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.command: dict[str, str] = {}

    def mount(self, data: dict[str, Any], *, key: str, on_command: Any) -> None:
        self.data = data
        st.button("Send", key=f"{key}/send", on_click=lambda: on_command(self.command))

    def send(self, test: AppTest, text: str) -> None:
        self.command = {"type": "blocks", "value": text}
        test.button(key="cifar_cnn/layers/send").click().run()


@pytest.fixture
def component(monkeypatch: pytest.MonkeyPatch) -> Component:
    played = Component()
    monkeypatch.setattr(f"{MODULE}.layers_view", played.mount)
    return played


def opened(open_page: OpenPage, **query: str) -> AppTest:
    test = open_page("cifar_cnn", view="Architecture", **query)
    assert not test.exception
    return test


def in_address(test: AppTest) -> str:
    return "".join(test.query_params.get("architecture", ""))


def test_the_component_mounts(open_page: OpenPage) -> None:
    test = opened(open_page)
    assert not test.error
    assert len(test.get("bidi_component")) == 1


def test_it_opens_with_the_labs_network(open_page: OpenPage, component: Component) -> None:
    opened(open_page)
    assert component.data["text"] == canonical("lab")
    assert component.data["shape"] == DATA_SET
    assert component.data["batch_size"] == 32
    assert component.data["locked"] == component.data["problem"] == ""
    assert [preset["name"] for preset in component.data["presets"]] == ["lab", "lenet5", "resnet"]


def test_crops_are_smaller_images(open_page: OpenPage, component: Component) -> None:
    opened(open_page, augmentation="crop,flip")
    assert component.data["shape"] == {**DATA_SET, "size": 28}
    assert "after the random crop" in component.data["source"]


def test_an_edit_goes_into_the_form_and_the_address(
    open_page: OpenPage, component: Component
) -> None:
    test = opened(open_page)
    component.send(test, "conv 8 k3 p1, relu, gap")
    assert component.data["text"] == in_address(test) == "conv 8 k3 p1, relu, gap"
    shown = test.selectbox(key="cifar_cnn.architecture")
    assert shown.format_func(shown.value) == "As edited"
    component.send(test, canonical("resnet"))
    assert in_address(test) == "resnet"
    component.send(test, canonical("lab"))
    assert in_address(test) == ""


def test_all_blocks_may_be_taken_out(open_page: OpenPage, component: Component) -> None:
    test = opened(open_page, dropout="0.5")
    component.send(test, "")
    assert not test.exception
    assert component.data["text"] == ""


def test_a_text_that_is_no_network_gets_a_sentence(
    open_page: OpenPage, component: Component
) -> None:
    test = opened(open_page)
    component.send(test, "conv 8 k99")
    assert "a kernel size k from 1 to 15" in component.data["problem"]
    assert component.data["text"] == canonical("lab")
    test.run()
    assert component.data["problem"] == ""


def test_settings_that_do_not_go_together_lock_the_last_network(
    open_page: OpenPage, component: Component
) -> None:
    test = opened(open_page, architecture="lenet5")
    test.select_slider(key="cifar_cnn.patience").set_value(5)
    test.select_slider(key="cifar_cnn.num_val").set_value(0).run()
    assert "patience" in test.error[0].value
    assert component.data["text"] == canonical("lenet5")
    assert "do not go together" in component.data["locked"]
