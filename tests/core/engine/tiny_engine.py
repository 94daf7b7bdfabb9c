"""The engine's process with the real jobs on tiny networks, for tests of the process itself."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import core.faces.analyse
import core.recipes.kit.guide
from core.document.photo import Photo
from core.engine.jobs import EngineJobs
from core.engine.server import Server
from core.faces.face import Portrait
from tests.core.recipes import world


def serve(connection: Connection) -> None:
    """Like ``core.engine.server.serve``, with the world of ``tests.core.recipes.world``."""
    context = world.context()
    people = {person.photo.digest: person for person in context.portraits.values()}

    def analyse(photo: Photo, pack: Any, **_: Any) -> Portrait:
        return people[photo.digest]

    core.faces.analyse.analyse = analyse
    core.recipes.kit.guide.compose_classical = world.composite
    world.TinyPack.folder = Path("tiny")  # type: ignore[attr-defined]
    jobs = EngineJobs()
    jobs._packs["tiny"] = context.pack  # type: ignore[assignment]
    jobs._contexts["tiny", "cpu"] = context
    Server(connection, jobs).serve()
