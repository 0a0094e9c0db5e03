"""Tests that need a GPU: `pytest tests/gpu` on a machine that has one. They need no Streamlit."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def device() -> str:
    if not torch.cuda.is_available():
        pytest.skip("PyTorch finds no CUDA device")
    return "cuda"
