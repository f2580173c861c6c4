import inspect
import re

from lookalike import errors


def test_all_is_complete() -> None:
    defined = [name for name, item in vars(errors).items() if inspect.isclass(item)]
    assert sorted(defined) == errors.__all__


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn: list[str] = []
    parents = ["Exception"]
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"((?:[│ ]   )*(?:[├└]── )?)(\w+Error)\b", line)
        if match:
            depth = len(match.group(1)) // 4  # each level is four characters wide, such as "├── "
            name = match.group(2)
            drawn.append(name)
            del parents[depth + 1 :]
            assert getattr(errors, name).__base__.__name__ == parents[depth], name
            parents.append(name)
    assert sorted(drawn) == errors.__all__
