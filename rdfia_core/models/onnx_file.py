"""A trained network as an ONNX file, which programs without PyTorch can run."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

OPSET = 20
"""Version of the operators: onnxruntime reads it since 1.17, February 2024."""


@dataclass(frozen=True)
class OnnxNote:
    """What a reader of the file must know.

    Args:
        input_name: Of the one input.
        description: What goes in and what comes out, in sentences.
        metadata: Short facts by name.
    """

    input_name: str
    description: str
    metadata: Mapping[str, str]


def onnx_file(network: nn.Module, example_B: Tensor, note: OnnxNote) -> bytes:
    """Return a network as an ONNX file; the first axis of input and output is free.

    Args:
        network: On the processor; it is put into evaluation mode.
        example_B: An input of two examples or more: an axis of one would be taken for fixed.
        note: Written into the file.

    Returns:
        The file. Its output is called logits.
    """
    import onnx  # noqa: PLC0415  half a second, and only here

    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        # The exporter warns of its own use of what PyTorch and Python are about to drop.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network.eval(),
            (example_B,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[note.input_name],
            output_names=["logits"],
            dynamic_shapes=({0: batch},),
            verbose=False,
        )
    assert program is not None, "the exporter returns a program where it is given no file"
    model = program.model_proto
    model.doc_string = note.description
    model.producer_name = "rdfia-playground"
    onnx.helper.set_model_props(model, dict(note.metadata))
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString()
    return content
