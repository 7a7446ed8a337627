"""The small detector: separable convolutions, three resolutions, one score, box and five points a cell."""

from __future__ import annotations

import torch
from network import LUMA
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (16, 32, 56, 80, 112)
NECK = 56
STRIDES = (8, 16, 32)
OUTPUTS = 15  # score, box (4), points (10)


def _separable(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False),
        nn.BatchNorm2d(inside), nn.ReLU(inplace=True),
        nn.Conv2d(inside, outside, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True),
    )  # fmt: skip  # a line is a convolution


class Detector(nn.Module):
    """(n, h, w) grey 0..255, sides multiples of 32, to maps (n, 15, h / s, w / s) for the strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        stem, low, fine, middle, coarse = WIDTHS
        self.stem = nn.Sequential(
            nn.Conv2d(1, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem), nn.ReLU(inplace=True),
            _separable(stem, low, 2), _separable(low, low),
        )  # fmt: skip  # a line is a resolution
        self.fine = nn.Sequential(_separable(low, fine, 2), _separable(fine, fine), _separable(fine, fine))
        self.middle = nn.Sequential(_separable(fine, middle, 2), _separable(middle, middle), _separable(middle, middle))
        self.coarse = nn.Sequential(_separable(middle, coarse, 2), _separable(coarse, coarse))
        self.across = nn.ModuleList(nn.Conv2d(width, NECK, 1) for width in (fine, middle, coarse))
        self.heads = nn.ModuleList(nn.Sequential(_separable(NECK, NECK), nn.Conv2d(NECK, OUTPUTS, 1)) for _ in STRIDES)
        for head in self.heads:
            nn.init.constant_(head[1].bias[:1], -4.0)

    def forward(self, grey: Tensor) -> list[Tensor]:
        """Maps from fine to coarse; the scores are logits."""
        low = self.stem(((grey - 127.5) / 64.0).unsqueeze(1))
        fine = self.fine(low)
        middle = self.middle(fine)
        levels = [block(x) for block, x in zip(self.across, (fine, middle, self.coarse(middle)), strict=True)]
        levels[1] = levels[1] + functional.interpolate(levels[2], scale_factor=2.0, mode="nearest")
        levels[0] = levels[0] + functional.interpolate(levels[1], scale_factor=2.0, mode="nearest")
        return [head(level) for head, level in zip(self.heads, levels, strict=True)]


class Delivered(nn.Module):
    """The detector as the application reads it: BGR in, the twelve outputs of YuNet out."""

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector = detector
        self.register_buffer("luma", torch.tensor(LUMA).reshape(1, 3, 1, 1))

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Classes, objectness (both the score), boxes and points, each for the three strides."""
        maps = [flattened(level) for level in self.detector((picture * self.luma).sum(dim=1))]
        scores = tuple(torch.sigmoid(level[:, :, :1]) for level in maps)
        return (*scores, *scores, *(level[:, :, 1:5] for level in maps), *(level[:, :, 5:] for level in maps))


def flattened(level: Tensor) -> Tensor:
    """(n, cells, 15), cells in reading order."""
    return level.flatten(2).transpose(1, 2)
