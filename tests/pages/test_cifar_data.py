"""The Data view of the CNN lab without a browser."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from app.downloads import Downloads
from app.resources import image_library
from rdfia_core.data.images.overview import overview
from rdfia_core.errors import DataUnavailableError
from tests.core.data.images.material import two_classes, zipped
from tests.pages.conftest import OpenPage


def words(test: AppTest) -> str:
    elements = (*test.markdown, *test.caption, *test.subheader)
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\xa0", " ")


def errors(test: AppTest) -> str:
    return "\n".join(error.value for error in test.error).replace("\\", "")


@pytest.mark.parametrize(
    ("name", "title", "num_classes"),
    [("shapes10", "Shapes-10", 10), ("digits", "Digits 8×8", 10)],
)
def test_it_draws_the_chosen_set(
    open_page: OpenPage, name: str, title: str, num_classes: int
) -> None:
    test = open_page("cifar_cnn", view="Data", dataset=name)
    assert not test.exception
    assert errors(test) == ""
    assert title in test.subheader[0].value.replace("\\", "")
    assert f"{num_classes} classes" in words(test)
    assert len(test.get("image")) == num_classes


def test_its_numbers_are_those_of_the_split(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data", num_train="1000", num_val="200", seed="3")
    image_set = image_library().open("shapes10")
    found = overview(image_set, num_train=1000, num_val=200, seed=3)
    assert [metric.value for metric in test.metric] == ["1,000", "200", "1,000"]
    assert (
        f"**disc** :small[{found.num_train[0]} training, {found.num_val[0]} validation, "
        f"{found.num_test[0]} test]"
    ) in words(test)
    assert f"red **{found.mean[0]:.3f}** ± {found.std[0]:.3f}" in words(test)
    assert "1,000 **training images only**" in words(test)


def test_numbers_that_do_not_go_together_get_a_sentence(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data", num_train="5000", num_val="500")
    assert "The 'num_train' parameter must be at most 4,500" in errors(test)
    assert "All image sets" in words(test)


def test_another_sample_shows_others(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data")
    before = test.get("image")[0].proto.imgs[0].url
    test.button(key="cifar_cnn/another").click().run()
    assert test.get("image")[0].proto.imgs[0].url != before


def test_use_takes_a_set_with_numbers_that_it_has(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data", num_val="4000")
    test.button(key="cifar_cnn/set/digits/use").click().run()
    assert not test.exception
    assert errors(test) == ""
    assert test.selectbox(key="cifar_cnn.dataset").value == "digits"
    assert [metric.value for metric in test.metric] == ["1,150", "287", "360"]


def test_an_imported_zip_is_chosen_at_once(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data")
    content = zipped(dict(two_classes(10)))
    test.file_uploader(key="cifar_cnn/import/file").upload("paints_*.zip", content)
    test.number_input(key="cifar_cnn/import/size").set_value(16)
    submit(test)
    assert not test.exception
    assert errors(test) == ""
    assert test.query_params["dataset"].startswith("own:")
    assert test.subheader[0].value == r"Chosen: paints\_\*"
    assert [metric.value for metric in test.metric] == ["13", "3", "4"]
    assert "16 × 16" in words(test)


def test_an_imported_set_stays_listed(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data")
    test.file_uploader(key="cifar_cnn/import/file").upload("paints.zip", zipped(two_classes(10)))
    submit(test)
    test.button(key="cifar_cnn/set/shapes10/use").click().run()
    assert "**paints**" in words(test)


def test_a_zip_without_classes_is_refused_with_the_reason(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data")
    test.file_uploader(key="cifar_cnn/import/file").upload("notes.zip", zipped({"a.txt": b"a"}))
    submit(test)
    assert "cannot be imported: it holds no picture" in errors(test)
    assert test.selectbox(key="cifar_cnn.dataset").value == "shapes10"


def test_import_without_a_file_asks_for_one(open_page: OpenPage) -> None:
    test = open_page("cifar_cnn", view="Data")
    submit(test)
    assert "Choose a file first." in [warning.value for warning in test.warning]


def test_a_download_shows_its_progress_and_why_it_failed(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    half, go_on = threading.Event(), threading.Event()

    def fetch(_library: object, name: str, *, progress, is_cancelled) -> None:  # type: ignore[no-untyped-def]
        progress(40_000_000, 170_000_000)
        half.set()
        assert go_on.wait(20), "the test never let the fetch go on"
        raise DataUnavailableError(f"no server delivered {name}")

    faked = Downloads(fetch)
    monkeypatch.setattr("app.image_sets.downloads", lambda: faked)
    test = open_page("cifar_cnn", view="Data", dataset="cifar10")
    assert "Press **Fetch** below" in test.info[0].value
    test.button(key="cifar_cnn/set/cifar10/fetch").click().run()
    assert half.wait(20)
    test.run()
    assert test.get("progress")[0].proto.text == "40.0 of 170 MB"
    test.button(key="cifar_cnn/set/cifar10/cancel").click().run()
    assert test.button(key="cifar_cnn/set/cifar10/cancel").disabled
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "fetch cifar10":
            thread.join(20)
    test.run()
    assert "no server delivered cifar10" in errors(test)
    assert test.button(key="cifar_cnn/set/cifar10/fetch").label == "Fetch"


def submit(test: AppTest) -> None:
    next(button for button in test.button if button.label == "Import").click().run()
