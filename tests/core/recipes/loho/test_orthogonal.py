"""Orthogonalisation: against the naive five-pass computation, layer by layer, and where there is nothing to remove."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.recipes.loho.orthogonal import image_gradients, orthogonalise, push_through


def _random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_result_is_orthogonal_to_the_direction_in_every_layer() -> None:
    gradient, direction = _random(1, 5, 16), _random(1, 5, 16, seed=1)
    result = orthogonalise(gradient, direction)
    assert float((result * direction).sum(dim=2).abs().max()) < 1e-12
    for layer in range(5):
        g, u = gradient[0, layer], direction[0, layer] / direction[0, layer].norm()
        torch.testing.assert_close(result[0, layer], g - (g @ u) * u)


def test_layers_without_a_direction_are_left_alone() -> None:
    gradient, direction = _random(1, 3, 8), _random(1, 3, 8, seed=1)
    direction[0, 1] = 0
    result = orthogonalise(gradient, direction)
    assert torch.equal(result[0, 1], gradient[0, 1])
    assert bool(torch.isfinite(result).all())
    assert torch.equal(orthogonalise(gradient, torch.zeros_like(gradient)), gradient)


def test_tiny_directions_do_not_underflow() -> None:
    gradient, direction = _random(1, 2, 8).float(), (_random(1, 2, 8, seed=1) * 1e-30).float()
    result = orthogonalise(gradient, direction)
    expected = orthogonalise(gradient, direction * 1e30)
    torch.testing.assert_close(result, expected)


def test_conflicts_only_leaves_layers_alone_where_both_losses_fall() -> None:
    gradient, direction = _random(1, 6, 16), _random(1, 6, 16, seed=1)
    dots = (gradient * direction).sum(dim=2)[0]
    assert bool((dots > 0).any())
    assert bool((dots < 0).any())
    result = orthogonalise(gradient, direction, conflicts_only=True)
    whole = orthogonalise(gradient, direction)
    for layer, dot in enumerate(dots):
        expected = whole[0, layer] if dot < 0 else gradient[0, layer]
        torch.testing.assert_close(result[0, layer], expected)


class _World:
    """A picture made of w, noise and features, and three losses of it."""

    def __init__(self) -> None:
        self.w = _random(1, 4, 6).requires_grad_()
        self.noise = [_random(1, 1, 8, 8, seed=2).requires_grad_()]
        self.features = _random(1, 2, 4, 4, seed=3).requires_grad_()
        self._mix, self._kernel = _random(4, 6, 3 * 64, seed=4), _random(3, 2, 3, 3, seed=5)

    def image(self) -> Tensor:
        x = torch.einsum("bld,ldp->bp", torch.sin(self.w), self._mix).view(1, 3, 8, 8)
        x = x + F.conv2d(F.interpolate(self.features, size=8), self._kernel, padding=1)
        return torch.tanh(0.3 * x + self.noise[0] * self.w.mean())

    @staticmethod
    def losses(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return (image - 0.3).square().mean(), image[..., 2:6].sin().mean(), (image[:, :1] * image[:, 1:2]).mean()

    @staticmethod
    def opposed(image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        main, structure, _ = _World.losses(image)
        return main, structure, image[:, :2].cos().mean() - image[..., 4:].mean()


def test_three_passes_equal_the_naive_computation() -> None:
    world = _World()
    layered, noise = [world.w, world.features], world.noise
    image = world.image()
    seen = image.detach().requires_grad_()
    got = push_through(image, image_gradients(seen, *world.losses(seen)), layered, noise)

    def gradients(which: int) -> list[Tensor]:
        loss = world.losses(world.image())[which]
        return list(torch.autograd.grad(loss, [*layered, *noise]))

    main, structure, look = gradients(0), gradients(1), gradients(2)
    expected_w = main[0].clone()
    for layer in range(4):
        u = look[0][0, layer] / look[0][0, layer].norm()
        expected_w[0, layer] += structure[0][0, layer] - (structure[0][0, layer] @ u) * u
    u = look[1].flatten() / look[1].norm()
    expected_f = main[1] + (structure[1].flatten() - (structure[1].flatten() @ u) * u).view_as(main[1])
    torch.testing.assert_close(got[0][0], expected_w)
    torch.testing.assert_close(got[0][1], expected_f)
    # Noise maps get no gradient of the structure loss.
    torch.testing.assert_close(got[1][0], main[2])


def test_where_the_look_gives_way_it_loses_what_would_undo_the_structure() -> None:
    world = _World()
    layered, noise = [world.w, world.features], world.noise
    image = world.image()
    seen = image.detach().requires_grad_()
    got = push_through(image, image_gradients(seen, *world.opposed(seen), "look"), layered, noise)

    def gradients(which: int) -> list[Tensor]:
        loss = world.opposed(world.image())[which]
        return list(torch.autograd.grad(loss, [*layered, *noise]))

    main, structure, look = gradients(0), gradients(1), gradients(2)
    against, expected_w = 0, main[0] + structure[0] + look[0]
    for layer in range(4):
        g, s = look[0][0, layer], structure[0][0, layer]
        if g @ s < 0:
            against += 1
            expected_w[0, layer] -= (g @ s) / (s @ s) * s
            # What the look still adds does not move the structure loss to first order.
            assert abs(float((g - (g @ s) / (s @ s) * s) @ s)) < 1e-12
    assert 0 < against < 4, "both cases are wanted here"
    g, s = look[1].flatten(), structure[1].flatten()
    spared = look[1] - min(float(g @ s), 0.0) / (s @ s) * structure[1]
    torch.testing.assert_close(got[0][0], expected_w)
    torch.testing.assert_close(got[0][1], main[1] + structure[1] + spared)
    # Noise maps have no layers: they follow the look as it is, and not the structure.
    torch.testing.assert_close(got[1][0], main[2] + look[2])


def test_without_a_look_the_structure_gradient_is_added_whole() -> None:
    world = _World()
    image = world.image()
    seen = image.detach().requires_grad_()
    main, structure, _ = world.losses(seen)
    (w,), _ = push_through(image, image_gradients(seen, main, structure, None), [world.w], world.noise)
    first, second, _ = world.losses(world.image())
    torch.testing.assert_close(w, torch.autograd.grad(first + second, world.w)[0])


def test_a_loss_without_a_graph_counts_as_zero() -> None:
    seen = torch.zeros(1, 3, 4, 4, requires_grad=True)
    found = image_gradients(seen, (seen - 1).square().mean(), torch.zeros(()), None)
    assert float(found.structure.abs().max()) == 0
    assert float(found.main.abs().max()) > 0
