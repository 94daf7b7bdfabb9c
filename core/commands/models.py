"""``models``: which packs are installed, whether they are intact, and how a new one gets in."""

from __future__ import annotations

from argparse import Namespace

from core.errors import ModelFileError
from core.models.pack import open_pack
from core.models.store import PackState, import_pack, installed_packs, pack_state

_DONE, _REFUSED = 0, 3


def execute(options: Namespace) -> int:
    """Run ``models list``, ``verify``, ``import`` or ``convert``; returns the exit code.

    Raises:
        CoiffeError: a pack is damaged, or cannot be installed.
    """
    if options.action == "import":
        target = import_pack(options.folder, replace=options.replace)
        print(f"installed in {target}")
        return _DONE
    if options.action == "convert":
        from core.commands.convert import convert

        config = convert(options.weights, options.out, open_pack(options.base), licence=options.licence)
        print(f"made {options.out}: {config.resolution} px, w of {config.w_dim}, {config.layers} layers")
        return _DONE
    if options.action == "list":
        states = installed_packs()
        for state in states:
            _show(state)
        if not states:
            print("no packs are installed")
        return _DONE
    states = installed_packs(check=True) if options.pack is None else [
        pack_state(open_pack(options.pack), check=True)]
    if not states:
        raise ModelFileError("There is nothing to verify.", "No packs are installed.",
                             "Install one with `python -m core models import FOLDER`.")
    for state in states:
        for name, problem in sorted(state.problems.items()):
            print(f"{state.name}: {name}: {problem or 'ok'}")
    return _DONE if all(state.sound for state in states) else _REFUSED


def _show(state: PackState) -> None:
    print(f"{state.name}: {state.title or 'untitled'}, {state.size / 1e6:.1f} MB, {state.licence or 'no licence'}")
    print(f"  {', '.join(state.components) or 'damaged: ' + '; '.join(state.problems.values())}")
    print(f"  {state.folder}")
