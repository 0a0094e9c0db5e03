"""Our definitions, copied: whole, once, before they are needed, and told apart."""

import ast

from rdfia_core.scripts.bundle import bundle
from rdfia_core.scripts.recipe import Code, Recipe
from rdfia_core.scripts.sources import External, Own, free_names, resolve

PROGRAM = "rdfia_core.experiments.svm_kernels.program"
CONSTANTS = {"KERNEL": "rbf", "C": 2.5, "NOISE": Code("1 / 4")}


def code_of(recipe: Recipe) -> str:
    return "\n".join(section.code for section in bundle(recipe))


def test_constants_have_the_values_of_the_recipe() -> None:
    tree = ast.parse(code_of(Recipe((PROGRAM,), CONSTANTS)))
    values = {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert (values["KERNEL"], values["C"], values["NOISE"]) == ("'rbf'", "2.5", "1 / 4")


def test_a_definition_stands_once_and_before_what_needs_it_at_once() -> None:
    tree = ast.parse(code_of(Recipe((PROGRAM,), CONSTANTS)))
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    assert len(names) == len(set(names))
    assert names.index("Kernel") < names.index("Svm") < names.index("fit_svm")


def test_methods_that_nobody_calls_are_left_out() -> None:
    code = code_of(Recipe((PROGRAM,), CONSTANTS))
    assert "def predict" in code
    assert "def decision_map" not in code


def test_names_that_mean_two_things_are_told_apart() -> None:
    # The program has a constant of this name, the stages a table.
    program = "rdfia_core.experiments.circle_mlp.program"
    code = code_of(Recipe((program,), {"STAGE": "manual", "ACTIVATION": "relu"}))
    assert "ACTIVATION = 'relu'" in code
    assert "ACTIVATION_manual[" in code


def test_a_name_is_followed_through_the_modules_that_pass_it_on() -> None:
    assert resolve("rdfia_core.models.stages", "ManualStage") == Own(
        "rdfia_core.models.stages.manual", "ManualStage"
    )
    assert resolve("rdfia_core.models.stages.nn_module", "F") == External("torch.nn.functional")
    assert resolve("rdfia_core.models.stages", "len") is None


def test_names_from_around_are_found_and_local_ones_are_not() -> None:
    text = 'def f(x: "Tensor", y=LIMIT):\n    z = [g(k) for k in x]\n    return z, y, f\n'
    assert set(free_names(text)) == {"Tensor", "LIMIT", "g"}
