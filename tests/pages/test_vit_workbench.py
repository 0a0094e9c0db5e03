"""The part of the Vision Transformer's page that shows attention number by number."""

from streamlit.testing.v1 import AppTest


def test_the_workbench_is_mounted_with_its_examples() -> None:
    script = "from pages.parts.vit.workbench import draw_workbench\ndraw_workbench()\n"
    test = AppTest.from_string(script, default_timeout=30).run()
    assert not test.exception
    assert test.header[0].value == "Self-attention, number by number"
    (workbench,) = test.get("bidi_component")
    assert "Alike tokens find each other" in str(workbench.proto)
