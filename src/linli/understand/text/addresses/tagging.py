"""Cutting a Chinese address into its parts: province, city, district, town, road, number, building, room …

A conditional random field over characters (Lafferty et al. 2001; CRFsuite), with the labels of Li et al. (NAACL 2019). Beside the
characters around it sees what the written form tells: whether a part is repeated, which marker (路, 号, 幢 …) comes next, and
how the same string was labelled in *other* addresses of the training data.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_ENTRY = 10
FOLDS = 8
MARKERS = frozenset("省市区县旗镇乡街村社路巷弄道号幢栋楼座室层园苑")
TELLING = frozenset("省市区县镇乡村街道路巷弄号幢栋楼座单元室层组社园苑院厦庄坊城店场桥口门旁边侧对面附近")
CHINESE_NUMERALS = frozenset("一二三四五六七八九十百零")

Lexicon = Mapping[str, Mapping[str, int]]
"""A string and how often it was each label."""


@dataclass(frozen=True)
class Part:
    """``tokens[start:end]`` is a part of kind ``label``."""

    start: int
    end: int
    label: str


def parts_of(tags: Sequence[str]) -> list[Part]:
    """Parts of a sequence of B-, I- and O tags; an I that continues nothing begins a part."""
    found: list[Part] = []
    start, label = 0, ""
    for n, tag in enumerate([*tags, "O"]):
        prefix, _, kind = tag.partition("-")
        if label and (prefix != "I" or kind != label):
            found.append(Part(start, n, label))
            label = ""
        if prefix == "B" or (prefix == "I" and not label):
            start, label = n, kind
    return found


def lexicon_of(addresses: Iterable[tuple[Sequence[str], Sequence[str]]]) -> dict[str, dict[str, int]]:
    """How each string without a number was labelled."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for tokens, tags in addresses:
        for part in parts_of(tags):
            inside = tokens[part.start : part.end]
            if len(inside) >= 2 and not any(token.isdigit() for token in inside):
                found["".join(inside)][part.label] += 1
    return {string: dict(labels) for string, labels in found.items()}


def features(tokens: Sequence[str], lexicon: Lexicon) -> list[list[str]]:
    """What the field sees of each token."""
    canonical = [_canonical(token) for token in tokens]
    shapes = [_shape(token) for token in tokens]
    known = _known(tokens, lexicon)
    again, first = _repeated(tokens)
    total = len(tokens)

    def at(values: Sequence[str], n: int) -> str:
        return values[n] if 0 <= n < total else "<" if n < 0 else ">"

    out = []
    for n in range(total):
        seen = ["bias", f"raw={tokens[n]}"]
        seen += [f"{d}={at(canonical, n + d)}" for d in range(-4, 5)]
        for length in (2, 3, 4):
            for d in range(-length - (length == 2), 4 - length + (length < 4)):
                if d + length > 0 or length == 2:
                    seen.append(f"{d}:{length}=" + "".join(at(canonical, n + d + k) for k in range(length)))
        seen.append("s3=" + "".join(at(shapes, n + d) for d in (-1, 0, 1)))
        seen.append("s5=" + "".join(at(shapes, n + d) for d in (-2, -1, 0, 1, 2)))
        if n < 3:
            seen.append(f"from={n}")
        if total - n < 4:
            seen.append(f"left={total - n}")
        if again[n]:
            seen.append(f"again={min(again[n], 4)}")
        if first[n]:
            seen.append(f"first={min(first[n], 4)}")
        seen += _markers(tokens, n)
        seen += known[n]
        out.append(seen)
    return out


def _canonical(token: str) -> str:
    if token.isdigit():
        return f"D{min(len(token), 5)}"
    return "L" if token.isascii() and token.isalpha() else token


def _shape(token: str) -> str:
    if token.isdigit() or (token.isascii() and token.isalpha()):
        return _canonical(token)
    if token in CHINESE_NUMERALS:
        return "C"
    return token if token in TELLING else "P" if not token.isalnum() else "Z"


def _known(tokens: Sequence[str], lexicon: Lexicon) -> list[list[str]]:
    out: list[dict[str, None]] = [{} for _ in tokens]
    for start in range(len(tokens)):
        for end in range(start + 2, min(len(tokens), start + LONGEST_ENTRY) + 1):
            entry = lexicon.get("".join(tokens[start:end]))
            if entry is None:
                continue
            label, most = max(entry.items(), key=lambda item: (item[1], item[0]))
            said = label if most > 0.7 * sum(entry.values()) else f"{label}?"
            length = min(end - start, 5)
            out[start][f"kB{said}{length}"] = None
            out[end - 1][f"kE{said}{length}"] = None
            if end < len(tokens):
                out[end][f"kA{said}"] = None
            for n in range(start + 1, end - 1):
                out[n][f"kI{said}"] = None
    return [list(seen) for seen in out]


def _repeated(tokens: Sequence[str]) -> tuple[list[int], list[int]]:
    """For each token the length of the longest string around it that stood before, and that comes again."""
    before, after = [0] * len(tokens), [0] * len(tokens)
    for i in range(len(tokens)):
        for j in range(i + 1, len(tokens)):
            if tokens[i] != tokens[j] or (i and tokens[i - 1] == tokens[j - 1]):
                continue
            length = 0
            while j + length < len(tokens) and i + length < j and tokens[i + length] == tokens[j + length]:
                length += 1
            if length >= 2 and not all(token.isdigit() for token in tokens[i : i + length]):
                for k in range(length):
                    after[i + k] = max(after[i + k], length)
                    before[j + k] = max(before[j + k], length)
    return before, after


def _markers(tokens: Sequence[str], n: int) -> list[str]:
    seen = []
    for d, token in enumerate(tokens[n : n + 7]):
        if token in MARKERS:
            seen.append(f"next={token}{d}")
            break
    for d, token in enumerate(reversed(tokens[max(0, n - 8) : n]), start=1):
        if token in MARKERS:
            seen.append(f"last={token}{min(d, 6)}")
            break
    before, after = tokens[:n], tokens[n + 1 :]
    had = "".join(mark for mark in "路街道巷弄号" if mark in before) + "N" * any(token[0].isdigit() for token in before)
    comes = "".join(mark for mark in "路街道巷弄号镇乡市" if mark in after)
    return [*seen, f"had={had}", f"comes={comes}"]


class Tagger:
    """A trained field with its lexicon."""

    def __init__(self, path: Path, lexicon: Lexicon) -> None:
        import pycrfsuite

        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(path))
        self._lexicon = lexicon

    def tags(self, tokens: Sequence[str]) -> list[str]:
        """One tag a token."""
        return self._tagger.tag(features(tokens, self._lexicon)) if tokens else []

    def parts(self, tokens: Sequence[str]) -> list[Part]:
        """The address in parts."""
        return parts_of(self.tags(tokens))


def train(
    addresses: Sequence[tuple[Sequence[str], Sequence[str]]],
    path: Path,
    *,
    rounds: int = 60,
) -> Tagger:
    """Train on (tokens, tags) and write the field to ``path``.

    What the lexicon says of an address in training comes from the other seven eighths of the data, so that the field
    learns how far a lexicon can be trusted.
    """
    import pycrfsuite

    fold = [zlib.crc32("".join(tokens).encode()) % FOLDS for tokens, _ in addresses]
    trainer = pycrfsuite.Trainer(verbose=False)
    for held in range(FOLDS):
        others = lexicon_of(a for a, n in zip(addresses, fold, strict=True) if n != held)
        for (tokens, tags), n in zip(addresses, fold, strict=True):
            if n == held:
                trainer.append(features(tokens, others), list(tags))
    trainer.set_params({"c1": 0.1, "c2": 0.05, "max_iterations": rounds, "feature.possible_transitions": True})
    trainer.train(str(path))
    return Tagger(path, lexicon_of(addresses))
