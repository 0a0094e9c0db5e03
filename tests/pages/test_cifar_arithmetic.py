"""The calculators of the CNN lab without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

KEY = "cifar_cnn/arithmetic"


@pytest.fixture
def view() -> AppTest:
    script = "from pages.parts.cifar_cnn.arithmetic import draw\ndraw()\n"
    test = AppTest.from_string(script, default_timeout=30).run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    return "\n".join(markdown.value for markdown in test.markdown)


def test_it_opens_with_the_labs_numbers(view: AppTest) -> None:
    assert "= 32$$" in words(view)
    assert "**2,432**" in words(view)
    assert "**100,696,064**" in words(view)
    assert "**36** × 36" in words(view)
    assert "**1,191,170**" in words(view)
    assert not view.error


def test_ignored_pixels_are_told(view: AppTest) -> None:
    view.number_input(key=f"{KEY}/Stride s").set_value(2)
    view.number_input(key=f"{KEY}/Padding p").set_value(0)
    view.number_input(key=f"{KEY}/Kernel size k").set_value(3).run()
    assert "at the right and at the bottom, 1 pixel wide, is **ignored**" in words(view)


def test_pooling_may_round_up(view: AppTest) -> None:
    view.segmented_control(key=f"{KEY}/kind").set_value("Pooling, rounded up")
    for label, number in (("Input size n", 7), ("Kernel size k", 2), ("Stride s", 2)):
        view.number_input(key=f"{KEY}/{label}").set_value(number)
    view.number_input(key=f"{KEY}/Padding p").set_value(0).run()
    assert "= 4$$" in words(view)
    assert "**no weights**" in words(view)


def test_a_kernel_that_does_not_fit_gets_a_sentence(view: AppTest) -> None:
    view.number_input(key=f"{KEY}/Input size n").set_value(3)
    view.number_input(key=f"{KEY}/Padding p").set_value(0).run()
    assert "must not be larger than the padded input, n + 2p = 3" in view.error[0].value
    assert "Got k = 5" in view.error[0].value


def test_a_bad_stack_gets_a_sentence_and_a_deep_one_a_warning(view: AppTest) -> None:
    view.text_input(key=f"{KEY}/stack").set_value("k5, size 3").run()
    assert "Layer 2 must be a kernel size k" in view.error[0].value
    view.text_input(key=f"{KEY}/stack").set_value("k5 s8, k5 s8").run()
    assert not view.error
    assert "Layer 2 does not fit" in view.warning[0].value
