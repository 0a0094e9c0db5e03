"""timm's networks with trained weights: from a file, from a server, or honestly without."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import timm
import torch
from filelock import FileLock
from huggingface_hub import hf_hub_url
from safetensors.torch import save, save_file

from rdfia_core.errors import DataUnavailableError
from rdfia_core.models import timm_weights
from rdfia_core.models.timm_models import build_timm
from rdfia_core.models.timm_weights import fetch_weights, weights_file
from tests.core.data.images.mirror import Handler, Site

NAME = "mobilenetv3_small_100"
VIT = "vit_tiny_patch16_224"
ON_HUB = f"/timm/{NAME}.lamb_in1k/resolve/main/model.safetensors"


@pytest.fixture(scope="module")
def trained() -> dict[str, torch.Tensor]:
    """Stand in for trained weights: they come from no seed of a test."""
    return {k: v.contiguous() for k, v in timm.create_model(NAME).state_dict().items()}


@pytest.fixture
def hub(trained: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serve the weights as the hub does."""
    site = Site({ON_HUB: save(trained)})
    handler = type("HubHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    point_hub(monkeypatch, f"http://127.0.0.1:{server.server_port}")
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def point_hub(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(timm_weights, "hf_hub_url", partial(hf_hub_url, endpoint=address))


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    point_hub(monkeypatch, "http://127.0.0.1:9")


def test_weights_come_from_the_hub_once(
    hub: Site, trained: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    for _ in range(2):
        built = build_timm(NAME, num_classes=1000, weights_dir=tmp_path, allow_download=True)
        assert built.is_pretrained
        assert "lamb_in1k" in built.sentence
        for name, weights in built.network.state_dict().items():
            torch.testing.assert_close(weights, trained[name], rtol=0, atol=0)
    assert hub.asked == [(ON_HUB, None)]
    assert not list(tmp_path.glob("*.part"))


def test_progress_is_the_share_that_is_here(hub: Site, tmp_path: Path) -> None:
    shares = list(fetch_weights(NAME, tmp_path))
    assert len(shares) > 10
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.2
    assert shares[-1] == 1


def test_a_fetch_goes_on_where_it_broke_off(hub: Site, tmp_path: Path) -> None:
    hub.cuts[ON_HUB] = [3_000_000]
    with pytest.raises(DataUnavailableError, match=r"broke off after 3\.0 MB"):
        list(fetch_weights(NAME, tmp_path))
    fetch = fetch_weights(NAME, tmp_path)
    assert next(fetch) > 3_000_000 / len(hub.files[ON_HUB])
    fetch.close()  # as when the run is stopped: what came is kept, the lock is free
    list(fetch_weights(NAME, tmp_path))
    assert hub.asked[1] == (ON_HUB, "bytes=3000000-")
    assert weights_file(NAME, tmp_path).read_bytes() == hub.files[ON_HUB]


def test_a_page_instead_of_weights_is_refused_and_forgotten(hub: Site, tmp_path: Path) -> None:
    whole = hub.files[ON_HUB]
    hub.files[ON_HUB] = b"<html>Please log in</html>"
    with pytest.raises(DataUnavailableError, match="not a whole safetensors file"):
        list(fetch_weights(NAME, tmp_path))
    hub.files[ON_HUB] = whole
    assert list(fetch_weights(NAME, tmp_path))[-1] == 1


def test_while_another_process_fetches_there_is_no_progress(hub: Site, tmp_path: Path) -> None:
    target = weights_file(NAME, tmp_path)
    fetch = fetch_weights(NAME, tmp_path)
    with FileLock(tmp_path / f".{target.name}.lock"):
        assert next(fetch) == 0
        assert not hub.asked
    assert list(fetch)[-1] == 1


def test_without_network_weights_are_random_and_the_sentence_says_what_to_do(
    no_hub: None, tmp_path: Path
) -> None:
    built = build_timm(NAME, num_classes=10, weights_dir=tmp_path, allow_download=True)
    assert not built.is_pretrained
    assert built.sentence.startswith("Random weights: ")
    for part in ("cannot be reached", "HTTPS_PROXY", ON_HUB, str(weights_file(NAME, tmp_path))):
        assert part in built.sentence


def test_nothing_is_fetched_that_was_not_asked_for(hub: Site, tmp_path: Path) -> None:
    here = build_timm(NAME, num_classes=10, weights_dir=tmp_path)
    nowhere = build_timm(NAME, num_classes=10)
    assert not here.is_pretrained
    assert not nowhere.is_pretrained
    assert "there is no" in here.sentence
    assert hub.asked == []


def test_a_file_put_there_by_hand_is_adapted_to_what_is_built(tmp_path: Path) -> None:
    trained = timm.create_model(VIT)
    save_file(trained.state_dict(), weights_file(VIT, tmp_path))
    built = build_timm(
        VIT, num_classes=7, in_chans=1, img_size=28, patch_size=7, weights_dir=tmp_path
    )
    assert built.is_pretrained
    assert built.network(torch.zeros(2, 1, 28, 28)).shape == (2, 7)
    own = built.network.state_dict()
    for name in ("blocks.11.mlp.fc2.weight", "cls_token", "norm.bias"):
        torch.testing.assert_close(own[name], trained.state_dict()[name], rtol=0, atol=0)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, weights_file(VIT, tmp_path))
    with pytest.raises(DataUnavailableError, match=f"does not hold weights of {VIT}"):
        build_timm(VIT, num_classes=10, weights_dir=tmp_path)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, weights_file(VIT, tmp_path))
    with pytest.raises(DataUnavailableError, match="does not hold weights"):
        build_timm(VIT, num_classes=10, weights_dir=tmp_path)


def test_a_cnn_takes_any_size_and_a_transformer_the_one_it_is_built_for() -> None:
    for name in (NAME, VIT):
        network = build_timm(name, num_classes=3, img_size=32, in_chans=1).network.eval()
        assert network(torch.zeros(1, 1, 32, 32)).shape == (1, 3)
