"""Measurements made up for the tests: values a seed, and evidence of every claim, either way."""

from collections.abc import Mapping, Sequence

from rdfia_core.reproduction.comparing import Evidence, Table

Values = Mapping[str, Mapping[str, Sequence[float]]]


def table(values: Values) -> Table:
    """Turn {arm: {metric: one value a seed}} into what the claims read."""
    return {
        arm: {
            seed: {metric: several[seed] for metric, several in metrics.items()}
            for seed in range(len(next(iter(metrics.values()))))
        }
        for arm, metrics in values.items()
    }


def around(mean: float, count: int = 5, spread: float = 0.002) -> list[float]:
    """Return values a little around a mean, never twice the same pattern of pairs."""
    signs = [1, -0.4, 0.7, -1, 0.1, 0.5, -0.8]
    return [mean + spread * mean * signs[k % len(signs)] for k in range(count)]


def accuracies(entry: str, **means: float) -> Evidence:
    """Return test accuracies of arms around their means."""
    return {entry: table({arm: {"test_accuracy": around(mean)} for arm, mean in means.items()})}


def epochs(entry: str, **values: Sequence[float]) -> Evidence:
    """Return epochs to 90 %, and a training loss that arms share."""
    return {
        entry: table(
            {
                arm: {"epochs_to_90": list(several), "train_loss": [0.1] * len(several)}
                for arm, several in values.items()
            }
        )
    }


def pixels(raw: float, unit: float, raw_moves: float, unit_moves: float) -> Evidence:
    """Return training accuracies and unsteadiness on raw and scaled pixels."""
    rows = {"raw": (raw, raw_moves), "unit": (unit, unit_moves)}
    return {
        "mnist_pixels": table(
            {
                arm: {"train_accuracy": around(mean), "unsteadiness": around(moves)}
                for arm, (mean, moves) in rows.items()
            }
        )
    }


def blocks(single: tuple[float, float], several: tuple[float, float]) -> Evidence:
    """Return accuracies with 2 and 6 blocks, with one patch and with several."""
    means = {"28_2": single[0], "28_6": single[1], "7_2": several[0], "7_6": several[1]}
    return accuracies("vit_blocks", **means)


def corner(outside: float, inside: float, *, patches: float = 1.0, **means: float) -> Evidence:
    """Return what a network sees of an image, and accuracies where there are any."""
    seen = {"num_patches": patches, "change_outside": outside, "change_inside": inside}
    rows = {"corner": {name: [value] * 3 for name, value in seen.items()}}
    return {"one_patch": table(rows), **accuracies("pretrained", **means)}


def losses(running: float, after: float, test: float) -> Evidence:
    """Return the losses of epoch 1."""
    rows = {"train": running, "train_now": after, "test": test}
    metrics = {f"first_{part}_loss": around(value, spread=1e-4) for part, value in rows.items()}
    return {"first_epoch": table({"lab": metrics})}


def moved(error: float, conv: float, pooled: float) -> Evidence:
    """Return what a convolution and a global average make of a moved image."""
    metrics = {"equivariance_error": error, "change_conv": conv, "change_pool3": conv}
    metrics["change_global"] = pooled
    rows = {"lab": {name: around(value) for name, value in metrics.items()}}
    return {"translation": table(rows)}


def costs(one: Sequence[float], both: Sequence[float]) -> Evidence:
    """Return costs at five widths, if one layer or all become wider."""
    rows = {
        arm: {
            f"{what}_{place}": [value]
            for what in ("weights", "multiply_adds")
            for place, value in enumerate(several)
        }
        for arm, several in (("fc", one), ("all", both))
    }
    return {"width": table(rows)}
