"""The four stages against autograd, against each other and against formulas. D, H, C all differ."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rdfia_core.data.points import make_points
from rdfia_core.errors import ConfigError
from rdfia_core.models.init import init_weights
from rdfia_core.models.stage_sources import STAGE_FILES, source_of
from rdfia_core.models.stages import STAGES, StageSpec, build_stage
from rdfia_core.seeding import numpy_rng, seed_default_generators, torch_rng

ODD_SIZES = {0: [5, 3], 1: [5, 4, 3], 2: [5, 4, 6, 3], 3: [5, 4, 6, 2, 3]}
ACTIVATIONS = ("none", "tanh", "sigmoid", "relu")
LOSSES = ("cross_entropy", "mse")
REDUCTIONS = ("mean", "sum")
every_stage = pytest.mark.parametrize("name", STAGES)


@pytest.fixture(autouse=True)
def one_thread():
    """Workers of small networks use one thread; more only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def odd_batch(num_examples=7):
    rng = torch_rng(1, "batch")
    inputs = torch.randn(num_examples, 5, generator=rng, dtype=torch.float64)
    return inputs, torch.randint(0, 3, (num_examples,), generator=rng)


def odd_weights(depth=1, activation="tanh", seed=0):
    return init_weights(ODD_SIZES[depth], "normal", activation, torch_rng(seed, "i"), torch.float64)


def reference_logits(weights, inputs, activation):
    functions = {"none": lambda h: h, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": F.relu}
    for k in range(0, len(weights) - 2, 2):
        inputs = functions[activation](F.linear(inputs, weights[k], weights[k + 1]))
    return F.linear(inputs, weights[-2], weights[-1])


def reference_gradients(weights, spec, inputs, targets, with_decay):
    """Autograd through PyTorch's functional layers and losses: none of our code."""
    weights = [weight.clone().requires_grad_() for weight in weights]
    logits = reference_logits(weights, inputs, spec.activation)
    if spec.loss == "cross_entropy":
        loss = F.cross_entropy(logits, targets, reduction=spec.reduction)
    else:
        one_hot = F.one_hot(targets, 3).to(logits.dtype)
        loss = F.mse_loss(F.softmax(logits, 1), one_hot, reduction=spec.reduction)
    gradients = list(torch.autograd.grad(loss, weights))
    if with_decay:
        for k in range(0, len(weights), 2):
            w = weights[k].detach()
            gradients[k] = gradients[k] + spec.weight_decay * (
                w if spec.regularization == "l2" else w.sign()
            )
    return gradients


def assert_close(actual, expected, rtol=1e-9):
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, e, rtol=rtol, atol=1e-13)


def circles(seed=0):
    points = make_points(
        "circles",
        num_points=400,
        noise=0.2,
        class_balance=1,
        num_classes=2,
        val_fraction=0,
        test_fraction=0.5,
        seed=seed,
    )
    return torch.tensor(points.x_train), torch.tensor(points.y_train)


def lab_weights(seed=0, sizes=(2, 10, 2), dtype=torch.float64):
    return init_weights(sizes, "normal", "tanh", torch_rng(seed, "init"), dtype)


def train(stage, learning_rate, epochs, seed=0):
    """The lab's loop: batches of 10, reshuffled each epoch, dropout from the seed."""
    x, y = circles(seed)
    order = numpy_rng(seed, "order")
    seed_default_generators(seed)
    for _ in range(epochs):
        for rows in torch.tensor(order.permutation(len(x))).split(10):
            stage.step(x[rows], y[rows], learning_rate)
    return stage


# --- gradients ------------------------------------------------------------------------------


@every_stage
@pytest.mark.parametrize(
    ("depth", "activation", "loss", "reduction"),
    list(product(ODD_SIZES, ACTIVATIONS, LOSSES, REDUCTIONS)),
)
def test_gradient_is_that_of_the_data_loss(name, depth, activation, loss, reduction):
    spec = StageSpec(activation, loss, reduction, dropout=0.5, weight_decay=0.7)
    weights, (inputs, targets) = odd_weights(depth, activation), odd_batch()

    assert_close(
        build_stage(name, weights, spec).gradient(inputs, targets),
        reference_gradients(weights, spec, inputs, targets, with_decay=False),
    )


@every_stage
@pytest.mark.parametrize(
    ("depth", "activation", "loss", "reduction", "regularization"),
    list(product((0, 2), ACTIVATIONS, LOSSES, REDUCTIONS, ("l2", "l1"))),
)
def test_a_step_goes_down_the_gradient_with_decay_on_weights_only(
    name, depth, activation, loss, reduction, regularization
):
    spec = StageSpec(activation, loss, reduction, weight_decay=0.3, regularization=regularization)
    weights, (inputs, targets) = odd_weights(depth, activation), odd_batch()
    expected = reference_gradients(weights, spec, inputs, targets, with_decay=True)
    stage = build_stage(name, weights, spec)
    stage.step(inputs, targets, 0.1)

    assert_close(stage.gradients, expected)
    assert_close(stage.parameters, [w - 0.1 * g for w, g in zip(weights, expected, strict=True)])


@every_stage
def test_gradients_are_those_of_the_last_step_alone(name):
    stage = build_stage(name, odd_weights(), StageSpec())
    inputs, targets = odd_batch()
    stage.step(inputs, targets, 0.1)
    before = [p.detach().clone() for p in stage.parameters]
    stage.step(inputs, targets, 0.1)

    assert_close(
        stage.gradients,
        reference_gradients(before, stage.spec, inputs, targets, with_decay=False),
    )


@every_stage
def test_gradients_are_zero_before_the_first_step(name):
    stage = build_stage(name, odd_weights(), StageSpec())

    assert [g.shape for g in stage.gradients] == [p.shape for p in stage.parameters]
    assert all(not g.any() for g in stage.gradients)


@every_stage
def test_asking_for_a_gradient_changes_nothing(name):
    stage = build_stage(name, odd_weights(), StageSpec(dropout=0.5))
    inputs, targets = odd_batch()
    stage.step(inputs, targets, 0.1)
    state, gradients = stage.state(), [g.clone() for g in stage.gradients]
    generator = torch.get_rng_state()
    stage.gradient(inputs, targets)
    stage.logits(inputs)
    stage.activations(inputs)

    assert all(torch.equal(state[key], value) for key, value in stage.state().items())
    assert all(torch.equal(a, b) for a, b in zip(stage.gradients, gradients, strict=True))
    assert torch.equal(torch.get_rng_state(), generator)


# --- forward --------------------------------------------------------------------------------


@every_stage
@pytest.mark.parametrize(("depth", "activation"), list(product(ODD_SIZES, ACTIVATIONS)))
def test_activations_end_with_the_logits_and_know_no_dropout(name, depth, activation):
    spec, weights = StageSpec(activation, dropout=0.5), odd_weights(depth)
    inputs, _ = odd_batch()
    stage = build_stage(name, weights, spec)
    activations = stage.activations(inputs)

    assert [a.shape[1] for a in activations] == ODD_SIZES[depth][1:]
    assert_close([stage.logits(inputs)], [reference_logits(weights, inputs, activation)])
    assert torch.equal(activations[-1], stage.logits(inputs))
    assert not any(a.requires_grad for a in activations)


@every_stage
@pytest.mark.parametrize(
    "ask",
    [
        lambda stage, inputs, targets: stage.logits(inputs),
        lambda stage, inputs, targets: stage.activations(inputs)[-1],
        lambda stage, inputs, targets: stage.gradient(inputs, targets)[0],
    ],
    ids=["logits", "activations", "gradient"],
)
def test_dropout_is_off_again_after_a_step(name, ask):
    with_dropout, without = (
        build_stage(name, odd_weights(2), StageSpec(dropout=p)) for p in (0.5, 0.0)
    )
    with_dropout.step(*odd_batch(), 0.0)

    assert torch.equal(ask(with_dropout, *odd_batch()), ask(without, *odd_batch()))


@every_stage
def test_activations_are_those_after_the_function(name):
    weights, (inputs, _) = odd_weights(2), odd_batch()
    first, second, _ = build_stage(name, weights, StageSpec("tanh")).activations(inputs)

    assert_close([first], [torch.tanh(inputs @ weights[0].T + weights[1])])
    assert_close([second], [torch.tanh(first @ weights[2].T + weights[3])])


@every_stage
def test_a_stage_keeps_its_own_copy_of_the_weights(name):
    weights = odd_weights()
    copies = [w.clone() for w in weights]
    stage = build_stage(name, weights, StageSpec())
    stage.step(*odd_batch(), 0.5)

    assert all(torch.equal(w, c) for w, c in zip(weights, copies, strict=True))
    assert not torch.equal(stage.parameters[0], weights[0])


@every_stage
def test_parameters_are_live(name):
    stage = build_stage(name, odd_weights(), StageSpec())
    seen = stage.parameters
    stage.step(*odd_batch(), 0.5)

    assert all(a is b for a, b in zip(seen, stage.parameters, strict=True))
    with torch.no_grad():
        seen[-1].fill_(100.0)
    assert stage.logits(odd_batch()[0]).min() > 50


@every_stage
def test_building_draws_nothing_from_the_default_generator(name):
    seed_default_generators(3)
    before = torch.get_rng_state()
    build_stage(name, odd_weights(), StageSpec(dropout=0.5, optimizer="adam"))

    assert torch.equal(torch.get_rng_state(), before)


@every_stage
def test_float32_weights_stay_float32(name):
    stage = build_stage(name, lab_weights(dtype=torch.float32), StageSpec(loss="mse"))
    x, y = circles()
    stage.step(x[:10].float(), y[:10], 0.1)

    assert {p.dtype for p in stage.parameters} == {torch.float32}
    assert stage.logits(x.float()).dtype == torch.float32


# --- dropout --------------------------------------------------------------------------------


def test_dropout_masks_are_those_of_torch_nn():
    torch_network = torch.nn.Sequential(
        torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Dropout(0.4), torch.nn.Linear(4, 3)
    ).double()
    weights, (inputs, targets) = odd_weights(), odd_batch()
    torch_network.load_state_dict(
        dict(zip(("0.weight", "0.bias", "3.weight", "3.bias"), weights, strict=True))
    )
    seed_default_generators(5)
    F.cross_entropy(torch_network(inputs), targets).backward()
    expected = [p.grad for p in torch_network.parameters()]
    after = torch.get_rng_state()

    for name in STAGES:
        seed_default_generators(5)
        stage = build_stage(name, weights, StageSpec(dropout=0.4))
        stage.step(inputs, targets, 0.1)
        assert_close(stage.gradients, expected)
        assert torch.equal(torch.get_rng_state(), after)


@every_stage
def test_without_dropout_a_step_draws_nothing(name):
    stage = build_stage(name, odd_weights(2), StageSpec())
    before = torch.get_rng_state()
    stage.step(*odd_batch(), 0.1)

    assert torch.equal(torch.get_rng_state(), before)


# --- the four stages together ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("learning_rate", "spec", "sizes", "epochs"),
    [
        (0.03, StageSpec(reduction="sum"), (2, 10, 2), 150),
        (0.3, StageSpec(reduction="mean"), (2, 10, 2), 150),
        (0.03, StageSpec(loss="mse", reduction="sum"), (2, 10, 2), 150),
        (0.3, StageSpec(loss="mse", reduction="mean"), (2, 10, 2), 150),
        (0.03, StageSpec(reduction="sum", dropout=0.3, weight_decay=0.01), (2, 8, 6, 2), 50),
    ],
    ids=["sum", "mean", "mse-sum", "mse-mean", "dropout"],
)
def test_the_four_stages_follow_the_same_path(learning_rate, spec, sizes, epochs):
    manual, *others = (
        train(build_stage(name, lab_weights(sizes=sizes), spec), learning_rate, epochs)
        for name in STAGES
    )

    moved = manual.parameters[0] - lab_weights(sizes=sizes)[0]
    assert moved.abs().max() > 0.1
    for other in others:
        for a, b in zip(manual.parameters, other.parameters, strict=True):
            torch.testing.assert_close(b.detach(), a, rtol=0, atol=1e-10)


def test_the_sum_at_batch_10_is_the_mean_with_a_10_times_larger_learning_rate():
    summed = train(build_stage("manual", lab_weights(), StageSpec(reduction="sum")), 0.03, 5)
    mean = train(build_stage("manual", lab_weights(), StageSpec(reduction="mean")), 0.3, 5)

    assert_close(summed.parameters, mean.parameters)


# --- the optimisers, against formulas in NumPy -----------------------------------------------


def numpy_sgd(w, memory, g, lr, t):
    return w - lr * g


def numpy_momentum(w, memory, g, lr, t):
    memory["v"] = 0.8 * memory.get("v", 0.0) + g
    return w - lr * memory["v"]


def numpy_nesterov(w, memory, g, lr, t):
    memory["v"] = 0.8 * memory.get("v", 0.0) + g
    return w - lr * (g + 0.8 * memory["v"])


def numpy_rmsprop(w, memory, g, lr, t):
    memory["s"] = 0.99 * memory.get("s", 0.0) + 0.01 * g**2
    return w - lr * g / (np.sqrt(memory["s"]) + 1e-8)


def numpy_adam(w, memory, g, lr, t):
    memory["m"] = 0.9 * memory.get("m", 0.0) + 0.1 * g
    memory["s"] = 0.999 * memory.get("s", 0.0) + 0.001 * g**2
    m, s = memory["m"] / (1 - 0.9**t), memory["s"] / (1 - 0.999**t)
    return w - lr * m / (np.sqrt(s) + 1e-8)


RULES = {
    "sgd": numpy_sgd,
    "momentum": numpy_momentum,
    "nesterov": numpy_nesterov,
    "rmsprop": numpy_rmsprop,
    "adam": numpy_adam,
}


@pytest.mark.parametrize("optimizer", RULES)
def test_each_optimiser_follows_its_formula(optimizer):
    spec = StageSpec(optimizer=optimizer, momentum=0.8, weight_decay=0.1)
    stage = build_stage("optim", odd_weights(), spec)
    expected = [w.numpy().copy() for w in odd_weights()]
    memories = [{} for _ in expected]
    inputs, targets = odd_batch()
    for t, learning_rate in enumerate([0.05, 0.05, 0.02, 0.05], start=1):
        weights = [torch.tensor(w) for w in expected]
        gradients = reference_gradients(weights, spec, inputs, targets, with_decay=True)
        expected = [
            RULES[optimizer](w, memory, g.numpy(), learning_rate, t)
            for w, memory, g in zip(expected, memories, gradients, strict=True)
        ]
        stage.step(inputs, targets, learning_rate)

    assert_close([p.detach() for p in stage.parameters], [torch.tensor(w) for w in expected], 1e-7)


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
def test_without_momentum_the_momentum_optimisers_are_plain_sgd(optimizer):
    spec = StageSpec(optimizer=optimizer, momentum=0.0)
    stage, plain = (build_stage("optim", odd_weights(), s) for s in (spec, StageSpec()))
    for _ in range(3):
        stage.step(*odd_batch(), 0.1)
        plain.step(*odd_batch(), 0.1)

    assert_close(stage.parameters, plain.parameters)


# --- going on -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [("manual", "sgd"), ("autograd", "sgd"), ("nn", "sgd"), *(("optim", o) for o in RULES)],
)
def test_a_resumed_stage_goes_on_exactly(name, optimizer):
    spec = StageSpec(optimizer=optimizer)
    inputs, targets = odd_batch()
    stage = build_stage(name, odd_weights(), spec)
    for _ in range(3):
        stage.step(inputs, targets, 0.1)
    saved = stage.state()
    resumed = build_stage(name, odd_weights(seed=9), spec)
    resumed.load_state(saved)
    for _ in range(3):
        stage.step(inputs, targets, 0.1)
        resumed.step(inputs, targets, 0.1)

    assert all(torch.equal(a, b) for a, b in zip(stage.parameters, resumed.parameters, strict=True))
    assert saved["parameter.0"].shape == (4, 5)
    assert not torch.equal(saved["parameter.0"], stage.parameters[0])


def test_the_memory_of_the_optimiser_is_part_of_the_state():
    stage = build_stage("optim", odd_weights(), StageSpec(optimizer="adam"))
    stage.step(*odd_batch(), 0.1)

    assert {"optimizer.0.exp_avg", "optimizer.3.exp_avg_sq", "optimizer.0.step"} <= set(
        stage.state()
    )


# --- learning -------------------------------------------------------------------------------


@every_stage
def test_the_initial_loss_is_near_ln_c(name):
    rng = torch_rng(0, "i")
    weights = init_weights([5, 40, 3], "xavier", "tanh", rng, torch.float64)
    weights[2] *= 0.1
    inputs, targets = odd_batch(num_examples=60)
    loss = F.cross_entropy(build_stage(name, weights, StageSpec()).logits(inputs), targets)

    assert loss.item() == pytest.approx(math.log(3), abs=0.05)


@every_stage
def test_a_zero_learning_rate_changes_nothing(name):
    stage = build_stage(name, odd_weights(), StageSpec(weight_decay=0.1))
    stage.step(*odd_batch(), 0.0)

    assert all(torch.equal(p, w) for p, w in zip(stage.parameters, odd_weights(), strict=True))


@every_stage
def test_one_batch_can_be_overfitted(name):
    stage = build_stage(name, odd_weights(), StageSpec())
    inputs, targets = odd_batch(num_examples=6)
    for _ in range(400):
        stage.step(inputs, targets, 1.0)

    assert F.cross_entropy(stage.logits(inputs), targets).item() < 0.01


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["activation", "loss", "reduction", "regularization", "optimizer"]
)
def test_an_unknown_setting_is_named(field):
    with pytest.raises(ConfigError, match="'foo'") as caught:
        StageSpec(**{field: "foo"})

    assert caught.value.field == field


def test_an_unknown_stage_is_refused():
    with pytest.raises(ConfigError, match="manual, autograd, nn, optim"):
        build_stage("numpy", odd_weights(), StageSpec())
    with pytest.raises(ConfigError, match="manual, autograd, nn, optim"):
        source_of("../errors")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("manual", "class ManualStage"),
        ("autograd", "loss.backward()"),
        ("nn", "nn.CrossEntropyLoss("),
        ("optim", "self.optimizer.step()"),
    ],
)
def test_the_source_shown_is_the_source_that_runs(name, words):
    assert words in source_of(name)
    assert type(build_stage(name, odd_weights(), StageSpec())).__module__.endswith(
        STAGE_FILES[name].removesuffix(".py")
    )


def test_the_manual_stage_differentiates_nothing():
    assert "backward()" not in source_of("manual")
    assert "requires_grad" not in source_of("manual")
    assert "autograd" not in source_of("manual")
    assert not any(
        p.requires_grad for p in build_stage("manual", odd_weights(), StageSpec()).parameters
    )
