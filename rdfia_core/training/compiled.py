"""The training of a small network as compiled code: stage (a)'s formulas, one example a column.

D inputs of a layer, U units, B examples of a batch, C classes, K epochs, N training points, M
points that are evaluated, P parameters, R rows of all layers together. Arrays of activations are
(R, B): a layer's units are consecutive rows, and the innermost loops run along the examples, where
the processor does four or eight at once. Numba compiles for float32 and float64 alike; only
`tests/core/experiments/circle_mlp/` says that this is the training of the readable stages.
Long because what is compiled together stands together.

Importing this module imports numba and takes a second; NUMBA_CACHE_DIR must be set before.
"""

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

ACTIVATIONS = ("none", "tanh", "sigmoid", "relu")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam")
EVALUATED_AT_ONCE = 256

# Sums may be taken in any order, as the processor likes it; what is not a number must stay so.
# The others say False: a function that says nothing takes over what its caller says.
FAST = {"reassoc", "contract", "nsz"}
FIRST_MOMENT, SECOND_MOMENT = 0.9, 0.999
RMS_MOMENT = 0.99
EPSILON = 1e-8

LOG2_E = 1.4426950408889634
LN_2_HIGH, LN_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROUNDING = 6755399441055744.0
"""1.5 · 2⁵²: what is added to it is rounded to a whole number, found in the lowest bits."""


@intrinsic
def _float_of(typing_context, bits):  # noqa: ARG001  numba's own convention
    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def _bits_of(typing_context, number):  # noqa: ARG001
    def generate(_context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@njit(cache=True, fastmath=False, error_model="numpy")
def exponential(x: float) -> float:
    """Return eˣ for |x| up to 700, beyond as there; without a branch, so that loops are vectors.

    x = n ln 2 + r with |r| ≤ ln 2 / 2, eʳ by Taylor's series to r¹³, times 2ⁿ.
    """
    x64 = np.float64(x)
    bounded = x64 if x64 < 700.0 else 700.0
    bounded = bounded if bounded > -700.0 else -700.0
    shifted = bounded * LOG2_E + ROUNDING
    n = shifted - ROUNDING
    r = (bounded - n * LN_2_HIGH) - n * LN_2_LOW
    series = 1.0 / 6227020800.0
    series = series * r + 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    series = series * r + 1.0
    series = series * r + 1.0
    power = series * _float_of((_bits_of(shifted) + 1023) << 52)  # type: ignore[call-arg]
    return power if x64 == x64 else x64


@njit(cache=True, fastmath=False, error_model="numpy")
def _activate(row_B: np.ndarray, num: int, activation: int) -> None:
    """Apply an activation to the first entries of a row, in place."""
    if activation == 1:
        for k in range(num):
            row_B[k] = 1.0 - 2.0 / (exponential(2.0 * row_B[k]) + 1.0)
    elif activation == 2:
        for k in range(num):
            row_B[k] = 1.0 / (1.0 + exponential(-row_B[k]))
    elif activation == 3:
        for k in range(num):
            row_B[k] = row_B[k] if not row_B[k] < 0.0 else 0.0


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _forward(
    sizes: np.ndarray, params_P: np.ndarray, rows_RB: np.ndarray, num: int, activation: int
) -> None:
    """Walk from the inputs (the first rows) up to the logits (the last rows)."""
    below, place = 0, 0
    for layer in range(len(sizes) - 1):
        num_inputs, num_units = sizes[layer], sizes[layer + 1]
        above, bias = below + num_inputs, place + num_units * num_inputs
        for u in range(num_units):
            out_B = rows_RB[above + u]
            b = params_P[bias + u]
            for k in range(num):
                out_B[k] = b
            for d in range(num_inputs):
                w, in_B = params_P[place + u * num_inputs + d], rows_RB[below + d]
                for k in range(num):
                    out_B[k] += w * in_B[k]
            if layer < len(sizes) - 2:
                _activate(out_B, num, activation)
        below, place = above, bias + num_units


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _softmax(logits_CB: np.ndarray, probs_CB: np.ndarray, sums_2B: np.ndarray, num: int) -> None:
    """Fill the probabilities, the largest logits (first row of sums) and Σ eˣ⁻ᵐᵃˣ (second)."""
    largest_B, total_B = sums_2B[0], sums_2B[1]
    for k in range(num):
        largest_B[k] = logits_CB[0, k]
        total_B[k] = 0.0
    for c in range(1, len(logits_CB)):
        for k in range(num):
            largest_B[k] = largest_B[k] if largest_B[k] > logits_CB[c, k] else logits_CB[c, k]
    for c in range(len(logits_CB)):
        for k in range(num):
            power = exponential(logits_CB[c, k] - largest_B[k])
            probs_CB[c, k] = power
            total_B[k] += power
    for c in range(len(logits_CB)):
        for k in range(num):
            probs_CB[c, k] /= total_B[k]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _logit_gradient(
    probs_CB: np.ndarray, targets_B: np.ndarray, num: int, is_mse: int, is_mean: int
) -> None:
    """Turn probabilities into the gradient of the loss with respect to the logits, in place."""
    num_classes = len(probs_CB)
    scale = 1.0
    if is_mean:
        scale = 1.0 / (num * num_classes if is_mse else num)
    for k in range(num):
        if is_mse:
            inner = 0.0
            for c in range(num_classes):
                y = probs_CB[c, k]
                inner += 2.0 * y * (y - (1.0 if c == targets_B[k] else 0.0))
            for c in range(num_classes):
                y = probs_CB[c, k]
                slope = 2.0 * (y - (1.0 if c == targets_B[k] else 0.0))
                probs_CB[c, k] = scale * y * (slope - inner)
        else:
            probs_CB[targets_B[k], k] -= 1.0
            if is_mean:
                for c in range(num_classes):
                    probs_CB[c, k] *= scale


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _times_slope(grad_B: np.ndarray, h_B: np.ndarray, num: int, activation: int) -> None:
    """Turn ∇h into ∇h̃, in place; each slope can be told from h."""
    if activation == 1:
        for k in range(num):
            grad_B[k] -= grad_B[k] * h_B[k] * h_B[k]
    elif activation == 2:
        for k in range(num):
            grad_B[k] *= h_B[k] - h_B[k] * h_B[k]
    elif activation == 3:
        for k in range(num):
            grad_B[k] = grad_B[k] if h_B[k] > 0.0 else 0.0 * grad_B[k]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _weight_gradients(
    deltas_UB: np.ndarray, inputs_DB: np.ndarray, grads: np.ndarray, num: int
) -> None:
    """Fill ∇W = ∇h̃ᵀ x, then ∇b = Σ ∇h̃, of one layer."""
    num_units, num_inputs = len(deltas_UB), len(inputs_DB)
    for u in range(num_units):
        delta_B = deltas_UB[u]
        total = delta_B[0]
        for k in range(1, num):
            total += delta_B[k]
        grads[num_units * num_inputs + u] = total
        for d in range(num_inputs):
            in_B = inputs_DB[d]
            total = delta_B[0] * in_B[0]
            for k in range(1, num):
                total += delta_B[k] * in_B[k]
            grads[u * num_inputs + d] = total


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _backward(
    sizes: np.ndarray,
    params_P: np.ndarray,
    rows_RB: np.ndarray,
    deltas_RB: np.ndarray,
    grads_P: np.ndarray,
    num: int,
    activation: int,
) -> None:
    """Walk down from the gradient of the logits (the last rows of deltas); fill the gradients."""
    above, end = len(rows_RB) - sizes[-1], len(params_P)
    for layer in range(len(sizes) - 2, -1, -1):
        num_inputs, num_units = sizes[layer], sizes[layer + 1]
        below, place = above - num_inputs, end - num_units * (num_inputs + 1)
        deltas_UB = deltas_RB[above : above + num_units]
        _weight_gradients(deltas_UB, rows_RB[below:above], grads_P[place:end], num)
        if layer > 0:
            for d in range(num_inputs):
                into_B, h_B = deltas_RB[below + d], rows_RB[below + d]
                for k in range(num):
                    into_B[k] = 0.0
                for u in range(num_units):
                    w, delta_B = params_P[place + u * num_inputs + d], deltas_RB[above + u]
                    for k in range(num):
                        into_B[k] += w * delta_B[k]
                _times_slope(into_B, h_B, num, activation)
        above, end = below, place


@njit(cache=True, fastmath=False, error_model="numpy")
def _add_decay(
    sizes: np.ndarray, params_P: np.ndarray, grads_P: np.ndarray, decay: float, is_l1: int
) -> None:
    """Add λw or λ sign(w) to the gradients of the weights, not of the biases."""
    place = 0
    for layer in range(len(sizes) - 1):
        num_weights = sizes[layer] * sizes[layer + 1]
        for p in range(place, place + num_weights):
            w = params_P[p]
            grads_P[p] += decay * (np.sign(w) if is_l1 else w)
        place += num_weights + sizes[layer + 1]


@njit(cache=True, fastmath=False, error_model="numpy")
def _update(
    params_P: np.ndarray,
    grads_P: np.ndarray,
    memory_2P: np.ndarray,
    optimizer: int,
    rate: float,
    momentum: float,
    step: int,
) -> None:
    """Take one step of `torch.optim`'s rule; the formulas stand in `stages/optim_stage.py`."""
    first_P, second_P = memory_2P[0], memory_2P[1]
    num = len(params_P)
    if optimizer == 0:
        for p in range(num):
            params_P[p] -= rate * grads_P[p]
    elif optimizer in (1, 2):
        for p in range(num):
            first_P[p] = momentum * first_P[p] + grads_P[p]
            way = first_P[p] if optimizer == 1 else grads_P[p] + momentum * first_P[p]
            params_P[p] -= rate * way
    elif optimizer == 3:
        for p in range(num):
            second_P[p] = RMS_MOMENT * second_P[p] + (1 - RMS_MOMENT) * grads_P[p] * grads_P[p]
            params_P[p] -= rate * grads_P[p] / (math.sqrt(second_P[p]) + EPSILON)
    else:
        first_scale = rate / (1 - FIRST_MOMENT**step)
        second_scale = math.sqrt(1 - SECOND_MOMENT**step)
        for p in range(num):
            first_P[p] += (1 - FIRST_MOMENT) * (grads_P[p] - first_P[p])
            square = (1 - SECOND_MOMENT) * grads_P[p] * grads_P[p]
            second_P[p] = SECOND_MOMENT * second_P[p] + square
            params_P[p] -= (
                first_scale * first_P[p] / (math.sqrt(second_P[p]) / second_scale + EPSILON)
            )


@njit(cache=True, fastmath=False, error_model="numpy")
def _evaluate(
    sizes: np.ndarray,
    params_P: np.ndarray,
    rows_RB: np.ndarray,
    probs_CB: np.ndarray,
    sums_2B: np.ndarray,
    inputs_DM: np.ndarray,
    targets_M: np.ndarray,
    ends_S: np.ndarray,
    options: np.ndarray,
    scores: np.ndarray,
) -> None:
    """Fill loss and accuracy of each split, in this order: loss, accuracy, loss, accuracy ..."""
    top, num_classes = len(rows_RB) - sizes[-1], sizes[-1]
    begin = 0
    for s in range(len(ends_S)):
        loss, hits = 0.0, 0
        for start in range(begin, ends_S[s], EVALUATED_AT_ONCE):
            num = min(EVALUATED_AT_ONCE, ends_S[s] - start)
            for d in range(sizes[0]):
                rows_RB[d, :num] = inputs_DM[d, start : start + num]
            _forward(sizes, params_P, rows_RB, num, options[0])
            _softmax(rows_RB[top:], probs_CB, sums_2B, num)
            for k in range(num):
                target = targets_M[start + k]
                best = 0
                squares = 0.0
                for c in range(num_classes):
                    if rows_RB[top + c, k] > rows_RB[top + best, k]:
                        best = c
                    gap = probs_CB[c, k] - (1.0 if c == target else 0.0)
                    squares += gap * gap
                if options[1]:
                    loss += squares / num_classes
                else:
                    margin = sums_2B[0, k] - rows_RB[top + target, k]
                    loss += margin + math.log(sums_2B[1, k])
                hits += best == target
        size = ends_S[s] - begin
        scores[2 * s] = loss / size
        scores[2 * s + 1] = hits / size if math.isfinite(loss) else np.nan
        begin = ends_S[s]


@njit(cache=True, fastmath=False, error_model="numpy")
def _layer_norms(sizes: np.ndarray, grads_P: np.ndarray, norms: np.ndarray) -> None:
    place = 0
    for layer in range(len(sizes) - 1):
        size = (sizes[layer] + 1) * sizes[layer + 1]
        total = 0.0
        for p in range(place, place + size):
            total += np.float64(grads_P[p]) * np.float64(grads_P[p])
        norms[layer] = math.sqrt(total)
        place += size


@njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
def train_epochs(
    sizes: np.ndarray,
    params_P: np.ndarray,
    grads_P: np.ndarray,
    memory_2P: np.ndarray,
    inputs_DM: np.ndarray,
    targets_M: np.ndarray,
    ends_S: np.ndarray,
    orders_KN: np.ndarray,
    batch_size: int,
    options: np.ndarray,
    rates: np.ndarray,
    step: int,
    table_KR: np.ndarray,
) -> int:
    """Train some epochs and evaluate after each; stop early where the training loss is no number.

    Args:
        sizes: Units of each layer, inputs first, int64.
        params_P: [W1, b1, W2, b2, ...] one after the other; changed in place, as what follows is.
        grads_P: Gradients of the last step, in the same order.
        memory_2P: Two buffers of the optimiser.
        inputs_DM: All points, one a column, the N training points first.
        targets_M: Their classes, int64.
        ends_S: Where each split ends.
        orders_KN: Of each epoch, the order of the training points, int64.
        batch_size: Points a step, at least 1.
        options: activation (its place in `ACTIVATIONS`), is_mse, is_mean, is_l1, optimizer (its
            place in `OPTIMIZERS`), int64.
        rates: learning rate, weight decay, momentum, in the dtype of the parameters.
        step: Updates so far.
        table_KR: Filled: loss and accuracy of each split, gradient norm of each layer, float64.

    Returns:
        Epochs trained.
    """
    num_train = orders_KN.shape[1]
    width = max(EVALUATED_AT_ONCE, min(batch_size, num_train))
    num_rows = sizes.sum()
    top = num_rows - sizes[-1]
    rows_RB = np.empty((num_rows, width), params_P.dtype)
    deltas_RB = np.empty((num_rows, width), params_P.dtype)
    sums_2B = np.empty((2, width), params_P.dtype)
    batch_targets_B = np.empty(width, np.int64)
    for epoch in range(len(orders_KN)):
        order_N = orders_KN[epoch]
        for start in range(0, num_train, batch_size):
            num = min(batch_size, num_train - start)
            for k in range(num):
                point = order_N[start + k]
                batch_targets_B[k] = targets_M[point]
                for d in range(sizes[0]):
                    rows_RB[d, k] = inputs_DM[d, point]
            _forward(sizes, params_P, rows_RB, num, options[0])
            _softmax(rows_RB[top:], deltas_RB[top:], sums_2B, num)
            _logit_gradient(deltas_RB[top:], batch_targets_B, num, options[1], options[2])
            _backward(sizes, params_P, rows_RB, deltas_RB, grads_P, num, options[0])
            if rates[1] != 0.0:
                _add_decay(sizes, params_P, grads_P, rates[1], options[3])
            step += 1
            _update(params_P, grads_P, memory_2P, options[4], rates[0], rates[2], step)
        scores = table_KR[epoch]
        _evaluate(
            sizes,
            params_P,
            rows_RB,
            deltas_RB[top:],
            sums_2B,
            inputs_DM,
            targets_M,
            ends_S,
            options,
            scores,
        )
        _layer_norms(sizes, grads_P, scores[2 * len(ends_S) :])
        if not math.isfinite(scores[0]):
            return epoch + 1
    return len(orders_KN)
