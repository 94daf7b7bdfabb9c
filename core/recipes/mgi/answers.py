"""What a competition leaves: pictures and scores for a contact sheet, and the way to choose from them later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputRefused
from core.imaging.arrays import FloatImage
from core.recipes.base import Hypothesis
from core.recipes.mgi.hypotheses import KINDS, Plan
from core.recipes.mgi.judge import Scores, best

# Stands for a score that there is none of: arrays have only finite numbers.
_NONE = -1.0


@dataclass(frozen=True, eq=False)
class Answers:
    """The hypotheses that have been tried, in the order of the contact sheet.

    Attributes:
        plans: their ways.
        pictures: [R, R, 3] each.
        scores: of each.
        proposed: index of the one that the selector takes.
    """

    plans: tuple[Plan, ...]
    pictures: tuple[FloatImage, ...]
    scores: tuple[Scores, ...]
    proposed: int

    def chosen(self, choice: int) -> tuple[int, str]:
        """Index for the parameter ``choose`` (0 = the proposed one), and a warning if there is no such hypothesis."""
        if choice > len(self.plans):
            return self.proposed, (f"There is no hypothesis {choice}, only {len(self.plans)}; the proposed one was "
                                   "taken.")
        return (choice - 1 if choice else self.proposed), ""

    def best_by(self, selector: str) -> int:
        """Index of the best score of all, whatever round it comes from."""
        return best(selector, dict(enumerate(self.scores)), range(len(self.scores)))

    def sheet(self, chosen: int) -> tuple[Hypothesis, ...]:
        """The contact sheet with one of them marked."""
        return tuple(
            Hypothesis(plan.title, picture, named_scores(scores), index == chosen)
            for index, (plan, picture, scores) in enumerate(zip(self.plans, self.pictures, self.scores, strict=True)))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """"answers" [n, 3] (kind, layer, codes), "pictures" [n, R, R, 3], "scores" [n, 5] in the order of ``Scores``
        (-1 = no natural score), "proposed" [1]; float32."""
        rows = [[_NONE if value is None else value for value in scores] for scores in self.scores]
        return {"answers": plan_rows(self.plans), "pictures": np.stack(self.pictures).astype(np.float32),
                "scores": np.array(rows, np.float32), "proposed": np.array([self.proposed], np.float32)}


def named_scores(scores: Scores) -> dict[str, float]:
    """Scores by name, those that there are."""
    found = {name: float(value) for name, value in scores._asdict().items() if value is not None}
    return {**found, "judged": scores.judged}


def plan_rows(plans: Sequence[Plan]) -> NDArray[np.float32]:
    """Plans as numbers [n, 3]: index in ``KINDS``, layer, codes."""
    return np.array([[KINDS.index(plan.kind), plan.layer, plan.codes] for plan in plans], np.float32).reshape(-1, 3)


def answers_from(start: Mapping[str, NDArray[np.float32]], side: int) -> Answers | None:
    """The answers among an Outcome's latent arrays, None if there are none.

    Args:
        start: the arrays.
        side: R of the generator.

    Raises:
        InputRefused: they are not those of a competition with this generator.
    """
    if "answers" not in start or "pictures" not in start:
        return None
    try:
        rows, pictures, scores = (np.asarray(start[name], np.float32) for name in ("answers", "pictures", "scores"))
        count = len(rows)
        if count == 0 or rows.shape != (count, 3) or scores.shape != (count, len(Scores._fields)):
            raise ValueError(f"{rows.shape} hypotheses with {scores.shape} scores")
        if pictures.shape != (count, side, side, 3):
            raise ValueError(f"pictures of shape {pictures.shape}, {(count, side, side, 3)} is expected")
        if not all(np.isfinite(array).all() for array in (rows, pictures, scores)):
            raise ValueError("values that are not finite")
        plans = tuple(Plan(KINDS[int(kind)], int(layer), int(codes)) for kind, layer, codes in rows)
        proposed = int(np.clip(start["proposed"][0], 0, count - 1))
    except (KeyError, IndexError, ValueError) as error:
        raise InputRefused("The start latent does not fit.", f"{error}.",
                           "Start without it, or use the model pack it was made with.") from error
    known = tuple(Scores(None if row[0] == _NONE else float(row[0]), *map(float, row[1:])) for row in scores)
    return Answers(plans, tuple(pictures), known, proposed)
