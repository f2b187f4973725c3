"""From a tree of a pack to planning cases: one for every end, alike until the ends part."""

from __future__ import annotations

from collections.abc import Callable

from chumbak.answer.planning import planning_case
from chumbak.pack import Pack
from chumbak.pack.episodes import EVERYWHERE
from chumbak.pack.forms import Path_
from chumbak.pack.trees import Step, StopForm, TreeFile, pack_of_path
from chumbak.plan.case import Case
from chumbak.plan.tree.nodes import Branch, Tree
from chumbak.plan.tree.splice import Stop, spliced, stopped, with_same_limits


def tree_of(file: TreeFile, base_year: int) -> Tree:
    """Return the tree of a file; ends are in its order, and the calm one is the one named, or the most probable."""
    branches = [Branch("root", file.form.title, base_year, 1.0, 0)]
    number: dict[Path_, int] = {(): 0}
    for end in file.ends:
        for at, step in enumerate(end):
            if step.path not in number:
                form = step.form
                parent = number[end[at - 1].path if at else ()]
                number[step.path] = len(branches)
                branches.append(Branch(form.name, form.title, form.begins, form.probability.value, parent))
    tree = Tree(file.name, tuple(branches), 0)
    names = [branches[end].name for end in tree.ends]
    calm = names.index(file.form.calm) if file.form.calm else int(tree.probability.argmax())
    return Tree(file.name, tuple(branches), calm)


def tree_cases(pack: Pack, file: TreeFile, say: Callable[[str], None] = lambda what: None) -> list[Case]:
    """Return the case of every end of a tree. Raises ``PackError``, and ``TreeError`` for what no branch can change."""
    known: dict[tuple[Path_, ...], Case] = {(): planning_case(pack)}
    for end in file.ends:
        for length in range(1, len(end) + 1):
            way = tuple(step.path for step in end[:length])
            if way not in known:
                say(f"the figures of '{end[length - 1].form.title}'")
                known[way] = _case(pack, file, end[:length], known[way[:-1]])
    return with_same_limits([known[tuple(step.path for step in end)] for end in file.ends])


def _case(pack: Pack, file: TreeFile, steps: tuple[Step, ...], before: Case) -> Case:
    """Return the case of a branch: that of the branch before it until it begins, and from then on as it changes it."""
    branch = steps[-1].form
    after = planning_case(pack_of_path(pack, file, steps))
    origins = {origin for _, origin, _ in after.market.offers}
    for step in steps:
        stops = [_stop(form, origins) for form in step.form.stops]
        if stops:
            after = stopped(after, stops, step.form.name)
    before, after = with_same_limits([before, after])
    return spliced(before, after, branch.begins, branch.name)


def _stop(form: StopForm, origins: set[str]) -> Stop:
    named = tuple(sorted(origins)) if EVERYWHERE in form.origins else tuple(form.origins)
    of = (tuple(form.stages), tuple(form.grades), tuple(form.holding))
    return Stop(named, *of, *form.span, form.stopped.value)
