"""Installs, lists and checks model packs in the user's folder; the only module that may ever open a connection."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import Advice, InputRefused, ModelFileError
from core.io.atomic import check_writable
from core.models.manifest import FILE_NAME
from core.models.pack import Pack, find_packs
from core.settings import user_data_folder

# Texts that travel with a pack besides its components.
_COMPANIONS = ("MODEL_CARD.md", "LICENSE", "LICENSE.txt", "NOTICE")


@dataclass(frozen=True)
class PackState:
    """One installed pack as ``models list`` shows it; ``problems`` by component, empty texts where fine."""

    name: str
    folder: Path
    title: str
    licence: str
    components: tuple[str, ...]
    size: int
    problems: dict[str, str]

    @property
    def sound(self) -> bool:
        return not any(self.problems.values())


def pack_state(pack: Pack, *, check: bool) -> PackState:
    """Describe a pack; with check its files are compared with the manifest's checksums."""
    entries = pack.manifest.components
    return PackState(
        name=pack.name,
        folder=pack.folder,
        title=pack.manifest.title,
        licence=pack.manifest.licence,
        components=tuple(sorted(entries)),
        size=sum(entry.bytes for entry in entries.values()),
        problems=pack.verify() if check else {},
    )


def installed_packs(*, check: bool = False) -> list[PackState]:
    """Every pack that can be opened by name; a damaged manifest is reported as a problem of the whole pack."""
    states = []
    for folder in find_packs():
        try:
            states.append(pack_state(Pack(folder), check=check))
        except ModelFileError as error:
            states.append(PackState(folder.name, folder, "", "", (), 0, {FILE_NAME: error.why}))
    return states


def import_pack(source: Path, *, replace: bool = False) -> Path:
    """Copy a pack folder into the user's models, after every file in it was found to be what its manifest says.

    Only files named by the manifest, and licence texts, are copied; the pack appears whole or not at all.

    Args:
        source: the folder that holds ``manifest.json``.
        replace: whether an installed pack of the same name may be replaced.

    Returns:
        The folder it was installed in.

    Raises:
        ModelFileError: the pack is damaged.
        InputRefused: a pack of that name is installed already, or the user's folder cannot be written.
    """
    pack = Pack(source)
    _refuse_damage(pack)
    base = user_data_folder() / "models"
    target = base / source.resolve().name
    if target.exists() and not replace:
        raise InputRefused(f"The pack {target.name!r} is installed already.", f"It lies in {target}.",
                           Advice.REPLACE_PACK)
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputRefused(f"{base} cannot be made.", error.strerror or str(error), "Set COIFFE_HOME.") from error
    check_writable(base / "probe")
    staging = Path(tempfile.mkdtemp(prefix=".coiffe-", dir=base))
    old = staging.with_name(staging.name + ".old")
    try:
        _copy(pack, staging)
        _refuse_damage(Pack(staging))
        if target.exists():
            os.replace(target, old)
        os.replace(staging, target)
    except OSError as error:
        if old.exists() and not target.exists():
            os.replace(old, target)
        raise InputRefused(f"The pack {pack.name!r} could not be copied.", error.strerror or str(error),
                           f"Free some space in {base} and try again.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return target


def _copy(pack: Pack, target: Path) -> None:
    names = [FILE_NAME, *(entry.file for entry in pack.manifest.components.values())]
    names += [name for name in _COMPANIONS if (pack.folder / name).is_file()]
    for name in names:
        shutil.copyfile(pack.folder / name, target / name)


def _refuse_damage(pack: Pack) -> None:
    problems = [problem for problem in pack.verify().values() if problem]
    if problems:
        raise ModelFileError(f"The pack in {pack.folder} was not installed.", f"{'; '.join(problems)}.",
                             "Get the pack again from where it came.")
