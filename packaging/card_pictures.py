"""Makes the picture of the starter pack's model card: what its generator does well and where it fails.

    python packaging/card_pictures.py --data FOLDER

Everything in it was painted by the generator; its people are mixtures.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from core.generators.fusion import mix_styles, region_weights
from core.generators.load import load_encoder, load_generator
from core.models.pack import open_pack
from core.models.tables import BY_NET, load_tables
from core.settings import resources_folder
from core.training.data.portraits import load_portraits
from core.training.generator.people import Inventor

OUT = resources_folder() / "models" / "starter" / "pictures.jpg"
TILE, COLUMNS, CAPTION = 160, 8, 22
GOOD = (24, 25, 52, 69, 83, 121, 144, 182)
BAD = (8, 16, 29, 111, 170, 181, 194, 199)
"""Seeds of mixed people: ghosts of glasses and beards, hair on foreheads, patches of another skin."""
SEEN = ("long-dark", "blond-bob", "long-brown", "short-cut", "short-dark", "short-grey")
PAIRS = ((0, 1), (2, 3), (4, 5), (3, 0))


def pixels(images: torch.Tensor) -> list[NDArray[np.uint8]]:
    """Pictures [N, 3, R, R] in [-1, 1] as [R, R, 3] uint8."""
    levels = ((images.float().clamp(-1, 1) + 1) * 127.5).round().byte()
    return list(levels.permute(0, 2, 3, 1).cpu().numpy())


def sample(name: str) -> torch.Tensor:
    """A sample portrait [1, 3, 256, 256] in [-1, 1]."""
    with Image.open(resources_folder() / "samples" / "people" / f"{name}.png") as image:
        return torch.from_numpy(np.asarray(image.convert("RGB"), np.float32) / 127.5 - 1).permute(2, 0, 1)[None]


@torch.no_grad()
def rows(data: Path) -> list[tuple[str, list[NDArray[np.uint8]]]]:
    """Captions and tiles."""
    pack = open_pack("starter")
    generator = load_generator(pack, "cpu", torch.float32)
    encoder = load_encoder(pack, "cpu", torch.float32)
    inventor = Inventor(generator, encoder, load_portraits(data, split="train", copies=True))
    z = torch.randn(2 * COLUMNS, generator.config.z_dim, generator=torch.Generator().manual_seed(1))
    vectors = [generator.map(part, truncation=level) for part, level in zip(z.split(COLUMNS), (0.7, 1.0), strict=True)]
    drawn = [generator.synthesize(part[:, None].expand(-1, generator.config.layers, -1)) for part in vectors]
    seen = torch.cat([sample(name) for name in SEEN])
    w, features = encoder.encode(seen)
    plain = generator.synthesize(w)
    weights = region_weights(load_tables(pack).channels[BY_NET], ("hair",))
    swaps = []
    for own, other in PAIRS:
        mixed = mix_styles(generator.styles(w[own:own + 1]), generator.styles(w[other:other + 1]), weights)
        swaps += [plain[own:own + 1], generator.synthesize_styles(mixed)]
    return [
        ("Mixed codes of three portraits (core train people)", [inventor.invent(seed)[0] for seed in GOOD]),
        ("The same where it fails: glasses and beards shine through, hair on the forehead, patches",
         [inventor.invent(seed)[0] for seed in BAD]),
        ("Random z, truncation 0.7: faces look alike, dots in the hair", pixels(drawn[0])),
        ("Random z, truncation 1.0: outlines dissolve", pixels(drawn[1])),
        ("Four of the samples with F, and in W+ alone: features and strands are lost",
         [tile for k in (0, 1, 2, 5) for tile in (*pixels(generator.synthesize(w[k:k + 1], features=features[k:k + 1])),
                                               *pixels(plain[k:k + 1]))]),
        ("Samples in W+, and with the hair of another by S space: a little of the colour comes along, no shape",
         pixels(torch.cat(swaps))),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Draw and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds portraits/")
    found = rows(parser.parse_args(argv).data)
    sheet = Image.new("RGB", (COLUMNS * TILE, len(found) * (TILE + CAPTION)), (34, 34, 34))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for row, (caption, tiles) in enumerate(found):
        top = row * (TILE + CAPTION)
        draw.text((6, top + 3), caption, fill=(220, 220, 220), font=font)
        for column, tile in enumerate(tiles):
            small = Image.fromarray(tile).resize((TILE, TILE), Image.Resampling.LANCZOS)
            sheet.paste(small, (column * TILE, top + CAPTION))
    sheet.save(OUT, quality=88)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
