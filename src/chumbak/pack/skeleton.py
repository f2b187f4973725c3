"""A new pack: a small complete skeleton whose country figures are marked '?', to be filled and checked."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from chumbak.pack.faults import Fault, PackError
from chumbak.pack.pack import list_packs
from chumbak.pack.schema import IDENTIFIER

NAME_MARK, TITLE_MARK = "NEW_PACK_NAME", "NEW_PACK_TITLE"


def new_pack(folder: Path) -> Path:
    """Make a pack's skeleton in ``folder``, which must not exist, and return the folder.

    Its last part is the pack's name. Raises ``PackError`` if the name cannot be one or the folder is there.
    """
    name = folder.name
    if not IDENTIFIER.fullmatch(name):
        what = f"'{name[:40]}' cannot be the name of a pack"
        mend = "Use letters, digits and _, starting with a letter, at most 40."
        raise PackError([Fault(str(folder), 0, "", "bad-pack-name", what, mend)])
    if name in list_packs():
        what = f"'{name}' is the name of a pack that comes with Chumbak"
        raise PackError([Fault(str(folder), 0, "", "pack-exists", what, "Choose another name.")])
    if folder.exists():
        what = "there is already something of this name"
        raise PackError([Fault(str(folder), 0, "", "pack-exists", what, "Choose another name, or remove it.")])
    with resources.as_file(resources.files(__package__) / "skeleton_files") as skeleton:
        shutil.copytree(skeleton, folder)
    for file in ("datapackage.json", "README.md"):
        path = folder / file
        text = path.read_text(encoding="utf-8").replace(NAME_MARK, name)
        path.write_text(text.replace(TITLE_MARK, name.replace("_", " ").title()), encoding="utf-8")
    return folder
