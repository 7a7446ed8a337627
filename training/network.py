"""The student: a small residual net of plain convolutions, which two processor cores run faster than separable ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EMBEDDING_SIZE = 256
LUMA = (0.114, 0.587, 0.299)  # of blue, green, red: ITU-R BT.601
WIDTHS = (24, 40, 80, 160, 256)


def _convolution(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.PReLU(outside)
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.bend = nn.PReLU(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.bend(x + self.second(self.first(x)))


class Student(nn.Module):
    """(n, 128, 128) grey 0..255 to (n, 256), not of unit length; 138 million multiply-adds."""

    def __init__(self) -> None:
        super().__init__()
        stem, low, middle, high, top = WIDTHS
        self.body = nn.Sequential(
            _convolution(1, stem, 2),
            _convolution(stem, low, 2), _Residual(low),
            _convolution(low, middle, 2), _Residual(middle),
            _convolution(middle, high, 2), _Residual(high),
            _convolution(high, top, 2), _Residual(top),
            nn.Conv2d(top, top, 4, groups=top, bias=False), nn.BatchNorm2d(top), nn.Flatten(),
        )  # fmt: skip  # a line is a resolution
        self.head = nn.Linear(top, EMBEDDING_SIZE)

    def forward(self, grey: Tensor) -> Tensor:
        """Embeddings of grey pictures."""
        return self.head(self.body(((grey - 127.5) / 64.0).unsqueeze(1)))


class Embedder(nn.Module):
    """The student as it is delivered: (n, 3, 128, 128) BGR 0..255, of which it sees the luminance only."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student
        self.register_buffer("luma", torch.tensor(LUMA).reshape(1, 3, 1, 1))

    def forward(self, picture: Tensor) -> Tensor:
        """Embeddings of colour pictures."""
        return self.student((picture * self.luma).sum(dim=1))
