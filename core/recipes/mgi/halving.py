"""Successive halving: every hypothesis gets a little, and only the better half of them goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Round(NamedTuple):
    """How many hypotheses take part, and how many steps each of them gets."""

    survivors: int
    steps: int


def survivors(count: int) -> list[int]:
    """How many take part in each round: all, the better half (rounded up), ..., one."""
    found = [count]
    while found[-1] > 1:
        found.append((found[-1] + 1) // 2)
    return found


def rounds(count: int, total: int) -> list[Round]:
    """The rounds of at most ``count`` hypotheses in ``total`` steps.

    Everyone gets equally many steps in every round it takes part in; what does not divide goes to the last one. Where
    there are too few steps for one each, there are fewer hypotheses.

    Raises:
        ValueError: less than one hypothesis or step.
    """
    if count < 1 or total < 1:
        raise ValueError(f"{count} hypotheses in {total} steps")
    while sum(survivors(count)) > total:
        count -= 1
    sizes = survivors(count)
    each, rest = divmod(total, sum(sizes))
    return [Round(size, each) for size in sizes[:-1]] + [Round(1, each + rest)]


def better_half(order: Sequence[int], scores: Sequence[float], keep: int) -> list[int]:
    """The ``keep`` of ``order`` with the smallest scores, in their former order; the earlier one of equals.

    A score that is not a number comes last.
    """
    ranked = sorted(order, key=lambda index: (scores[index] != scores[index], scores[index]))
    kept = set(ranked[:keep])
    return [index for index in order if index in kept]
