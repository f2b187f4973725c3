"""YAML that people write: no name stands twice in it, every date is a day that there is, and a fault is a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """YAML without the two things that it takes silently or ends on: a name written twice, and an impossible date."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"'{key.value}' stands twice", problem_mark=key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else key)
        return super().construct_mapping(node, deep)

    def construct_day(self, node: Any) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError as error:
            problem = f"'{node.value}' is no day; write one such as 2027-01-31"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from error


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)


def parsed(text: str, where: str, fault: type[ValueError]) -> Any:
    """Return what a YAML text holds; ``where`` names it. Raises ``fault`` with a sentence that names the line."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        at = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        raise fault(f"{where} cannot be used:{at} {error.problem or 'this is no YAML'}.") from error
    except yaml.YAMLError as error:
        raise fault(f"{where} is no YAML: {' '.join(str(error).split())}.") from error
    except RecursionError:
        raise fault(f"{where} is nested too deeply. Write it flat.") from None


def file_of(path: Path, fault: type[ValueError]) -> Any:
    """Return what a YAML file holds. Raises ``fault`` with a sentence."""
    return parsed(text_of(path, fault), path.name, fault)


def text_of(path: Path, fault: type[ValueError]) -> str:
    """Return the text of a file. Raises ``fault`` with a sentence where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise fault(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise fault(f"{path.name} is no text in UTF-8. Save it as UTF-8.") from error


def shown_fault(error: Exception) -> str:
    """Return a sentence without its end for what reading a file came upon: a name that is missing, a wrong form."""
    if isinstance(error, KeyError):
        return f"'{error.args[0]}' is missing"
    if isinstance(error, re.error):
        return f"a pattern cannot be used ({error.msg})"
    if isinstance(error, TypeError | AttributeError):
        return "something in it is a text, a list or a mapping where another of these belongs"
    return str(error)
