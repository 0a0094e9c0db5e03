"""Tables as Markdown."""

from rdfia_core.figures.tables import markdown_table


def test_columns_of_numbers_are_right_aligned_and_those_of_words_are_not() -> None:
    rows = [
        ["Linear", "~62 %", "**+1.0** (+0.2 to +1.8)", ":green-badge[agrees]"],
        ["RBF", "–", "-0.5, may be chance", ":red-badge[differs]"],
    ]
    rule = markdown_table(["Kernel", "Printed", "Measured", "Verdict"], rows).splitlines()[1]
    assert rule == "| :-- | --: | --: | :-- |"


def test_the_first_column_names_the_rows_whatever_is_in_it() -> None:
    table = markdown_table(["Images", "Accuracy"], [["10", "35.4 %"]])
    assert table == "| Images | Accuracy |\n| :-- | --: |\n| 10 | 35.4 % |"


def test_a_table_without_rows_has_its_header() -> None:
    assert markdown_table(["Setting", "Run"], []).splitlines()[1] == "| :-- | :-- |"
