"""Fit and measure `claude_kit.estimate.heuristic` against `ctok`, on texts that any machine with Python has.

    python -m tests.fit_text           measure the weights in heuristic.toml
    python -m tests.fit_text --write   fit them anew, measure, and write them to heuristic.toml

Needs Python 3.12 or later with `ctok` and `numpy`. The texts are the standard library's sources, what the installed
packages ship (install the extra ``test`` for JSON, JavaScript, HTML and CSS; ``django`` and ``sphinx`` for their
message catalogues in some ninety languages), ``tests/data/udhr.toml``, and tables, records and logs made here. A file
belongs to the fit or is held out by the hash of its name; errors are only ever measured on files held out.
"""

from __future__ import annotations

import argparse
import ast
import base64
import csv
import io
import json
import random
import re
import sysconfig
import textwrap
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, Literal

from claude_kit.estimate import heuristic

STANDARD_LIBRARY: Final = Path(sysconfig.get_paths()["stdlib"])
SITE_PACKAGES: Final = Path(sysconfig.get_paths()["purelib"])
DECLARATION: Final = Path(__file__).parent / "data" / "udhr.toml"
WEIGHTS: Final = Path(heuristic.__file__).with_name("heuristic.toml")

#: Vocabulary -> the version ctok knows it by, and the frame it counts around the text.
CTOK: Final[dict[heuristic.Vocabulary, tuple[str, int]]] = {"v3": ("3.0", 7), "v4.7": ("4.8", 6)}

#: Kind -> how much a text of it weighs in the fit. Any other kind is a language, of which there are some 300.
SHARE: Final = {
    "prose": 3.0, "markdown": 3.0, "rst": 2.0, "python": 2.0, "json": 1.5, "javascript": 1.0, "html": 1.0, "css": 1.0,
    "c": 1.0, "config": 1.0, "csv": 1.0, "identifiers": 1.0, "log": 1.0,
}  # fmt: skip
SPOKEN_MOST: Final = (
    "ar", "de", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "vi", "zh",
)  # fmt: skip
SCRIPTS: Final = {
    "chinese": "zh", "japanese": "ja", "korean": "ko", "cyrillic": "be bg kk ky mk mn ru sr tg tt udm uk",
    "greek": "el", "arabic and hebrew": "ar ckb fa he ug ur", "indic": "bn gu hi kn ml mr ne pa si ta te",
    "other scripts": "hy ka km lo my th",
    "western european": "af br ca cy da de en es eu fr fy ga gd gl ia io is it lb nb nl nn no os pt sv",
}  # fmt: skip

#: How many units the table names, how many grams are weighed, and how often, in the fit, a common word occurs.
UNITS: Final = 5000
GRAMS: Final = 4000
COMMON: Final = 5e-4

#: The shortest and the longest sample, in characters.
SIZES: Final = (20, 20_000)

Use = Literal["fit", "calibrate", "measure"]


@dataclass(frozen=True, slots=True)
class Text:
    """One file's text: what kind it is, and the name that decides what it is used for."""

    kind: str
    name: str
    text: str

    @property
    def use(self) -> Use:
        """Whether the weights are fitted on it, the range, or neither."""
        source, eighth = self.name.partition("/")[0], _hash(self.name) % 8
        if source == "udhr":
            return "measure" if eighth % 2 else "calibrate"
        if source == "babel" or eighth > 2:
            return "fit"
        return "measure" if eighth else "calibrate"


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())


# ------------------------------------------------------------------------------------------------------ the corpus


def corpus() -> list[Text]:
    """Collect some 7 MB of texts of many kinds."""
    return [
        *_files("python", STANDARD_LIBRARY, ("*.py",), 900_000, skip=("site-packages", "encodings", "pydoc_data")),
        *_docstrings(400_000),
        *_descriptions(),
        *_manual(),
        *_files("prose", SITE_PACKAGES, ("LICENSE*", "COPYING*", "*.dist-info/licenses/*"), 250_000),
        *_files("json", SITE_PACKAGES, ("*.json",), 400_000, skip=("ctok",)),
        *_files("javascript", SITE_PACKAGES, ("*.js",), 600_000),
        *_files("html", SITE_PACKAGES, ("*.html", "*.svg", "*.jinja"), 250_000),
        *_files("css", SITE_PACKAGES, ("*.css",), 200_000),
        *_files("c", SITE_PACKAGES, ("*.h", "*.c", "*.hpp", "*.pyx", "*.f"), 250_000),
        *_files("config", SITE_PACKAGES, ("*.toml", "*.y*ml", "*.cfg", "*.ini", "*.mplstyle"), 150_000),
        *_files("csv", SITE_PACKAGES, ("*.csv",), 100_000),
        *_catalogues(30_000),
        *(
            Text(lang, f"udhr/{lang}", text)
            for lang, text in tomllib.loads(DECLARATION.read_text(encoding="utf-8"))["text"].items()
        ),
        *_names(4000),
        *_made(),
    ]


def _files(
    kind: str, root: Path, patterns: Iterable[str], limit: int, skip: Sequence[str] = (), most: int = 20_000
) -> Iterator[Text]:
    found = {path.relative_to(root).as_posix(): path for pattern in patterns for path in root.rglob(pattern)}
    total = 0
    for name in sorted(found, key=_hash):
        text = "" if any(part in name for part in skip) else _read(found[name])
        if len(text) < 200:
            continue
        start = _hash(name) % max(len(text) - most, 1)
        yield Text(kind, name, text[start : start + most])
        total += min(len(text), most)
        if total > limit:
            return


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode().replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return ""


def _docstrings(limit: int) -> Iterator[Text]:
    total = 0
    for source in _files("", SITE_PACKAGES, ("*.py",), 40 * limit, skip=("django", "pip/"), most=200_000):
        try:
            nodes = list(ast.walk(ast.parse(source.text)))
        except (SyntaxError, ValueError):
            continue
        documented = (node for node in nodes if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
        text = "\n\n".join(doc for node in documented if len(doc := ast.get_docstring(node) or "") > 80)
        if len(text) > 500:
            yield Text("prose", source.name, text[:12_000])
            total += min(len(text), 12_000)
        if total > limit:
            return


def _descriptions() -> Iterator[Text]:
    for path in sorted(SITE_PACKAGES.glob("*.dist-info/METADATA")):
        head, _, body = _read(path).partition("\n\n")
        if len(body) > 500:
            yield Text("markdown" if "markdown" in head.lower() else "rst", path.parent.name, body[:12_000])


def _manual() -> Iterator[Text]:
    """Yield Python's language reference; every other page as a PDF would give it, in short lines that end in CR LF."""
    from pydoc_data.topics import topics

    for name, page in topics.items():
        if _hash(name) % 8 < 4:
            page = "\r\n".join(textwrap.wrap(page, 60 + _hash(name) % 40))
        yield Text("rst" if "\r" not in page else "prose", f"topics/{name}", page[:12_000])


def _catalogues(limit: int) -> Iterator[Text]:
    """Yield the translations in gettext catalogues, a kind for each language."""
    found = {path.relative_to(SITE_PACKAGES).as_posix(): path for path in SITE_PACKAGES.rglob("*.po")}
    total: Counter[str] = Counter()
    for name in sorted(found, key=_hash):
        language = name.split("/LC_MESSAGES")[0].rpartition("/")[2].split("_")[0]
        if language == "en" or total[language] > limit:
            continue
        entries = re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', _read(found[name]), re.MULTILINE)
        messages = ["".join(ast.literal_eval(line) for line in entry.strip().split("\n")) for entry in entries[1:]]
        text = "\n".join(message for message in messages if len(message) > 15)[:6000]
        if len(text) > 200:
            total[language] += len(text)
            yield Text(language, name, text)


def _names(most: int) -> Iterator[Text]:
    """Yield what languages, countries and units are called in each language that Babel knows."""
    try:
        from babel import Locale, localedata
    except ImportError:
        return
    for language in sorted(localedata.locale_identifiers()):
        if not re.fullmatch("[a-z]{2,3}", language) or language == "en" or language in SHARE:
            continue
        locale = Locale.parse(language)
        names = {
            str(name) for table in (locale.territories, locale.languages, locale.currencies) for name in table.values()
        }
        chosen = sorted((name for name in names if not name.isascii() or "_" not in name), key=_hash)
        yield Text(language, f"babel/{language}", "\n".join(chosen)[:most])


def _made() -> Iterator[Text]:
    """Make what no package ships enough of: tables of numbers, records, identifiers, logs."""
    makers: dict[str, Callable[[random.Random], str]] = {
        "csv": _made_table, "json": _records, "identifiers": _identifiers, "log": _log,
    }  # fmt: skip
    for kind, make in makers.items():
        for number in range(24):
            yield Text(kind, f"made/{kind}/{number}", make(random.Random(number)))


def _made_table(rng: random.Random) -> str:
    digits, day = rng.choice((0, 2, 3, 6)), datetime(2020 + rng.randrange(6), 1, 1)
    names = ("date", "region", "product", "units", "revenue", "temperature", "latitude", "score")
    columns = rng.sample(names, rng.randrange(3, 8))
    cell: dict[str, Callable[[], object]] = {
        "date": lambda: (day + timedelta(days=rng.randrange(900))).date(),
        "region": lambda: rng.choice(("North", "South", "East", "West", "EMEA", "APAC")),
        "product": lambda: rng.choice(("Widget A", "Widget B", "Gear", "Sensor", "Cable 2m")),
        "units": lambda: rng.randrange(10_000),
    }
    out = io.StringIO()
    writer = csv.writer(out, delimiter=rng.choice((",", ",", ";", "\t")), lineterminator="\n")
    writer.writerow(columns)
    for _ in range(rng.randrange(60, 300)):
        number = lambda: round(rng.lognormvariate(3, 2) * rng.choice((1, 1, -1)), digits)  # noqa: E731
        writer.writerow([cell.get(name, number)() for name in columns])
    return out.getvalue()


def _records(rng: random.Random) -> str:
    records = [
        {
            "id": f"{rng.getrandbits(128):032x}",
            "name": rng.choice(("Ada Lovelace", "Grace Hopper", "Alan Turing", "Emmy Noether")),
            "active": rng.random() < 0.5,
            "balance": round(rng.lognormvariate(5, 2), 2),
            "tags": rng.sample(("new", "vip", "trial", "eu", "us", "beta"), 2),
            "created_at": (datetime(2024, 1, 1) + timedelta(seconds=rng.randrange(10**8))).isoformat() + "Z",
            "parent": None,
        }
        for _ in range(rng.randrange(20, 60))
    ]
    separators = rng.choice(((",", ":"), (", ", ": ")))
    return json.dumps(records, indent=rng.choice((None, 2, 4)), separators=separators)


def _identifiers(rng: random.Random) -> str:
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{rng.getrandbits(160):040x}",
        lambda: base64.b64encode(rng.randbytes(rng.randrange(12, 90))).decode(),
        lambda: "-".join(f"{rng.getrandbits(16):04x}" for _ in range(6)),
        lambda: "req_" + "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789", k=24)),
    )
    form = rng.choice(forms)
    return "\n".join(form() for _ in range(rng.randrange(20, 120)))


def _log(rng: random.Random) -> str:
    moment, lines = datetime(2025, 3, 1), []
    for _ in range(rng.randrange(40, 160)):
        moment += timedelta(milliseconds=rng.randrange(5000))
        level = rng.choice(("INFO", "INFO", "DEBUG", "WARNING", "ERROR"))
        where = rng.choice(("app.server", "worker-3", "db.pool", "http.client"))
        what = rng.choice(
            (
                f"GET /api/v1/items/{rng.randrange(9999)} 200 {rng.randrange(900)}ms",
                f"connection from 10.0.{rng.randrange(255)}.{rng.randrange(255)}:{rng.randrange(65535)} closed",
                f"cache miss for key user:{rng.getrandbits(48):x}",
                f"retrying in {rng.random() * 10:.2f}s (attempt {rng.randrange(5)}/5)",
            )
        )
        lines.append(f"{moment.isoformat(timespec='milliseconds')} {level:<8} [{where}] {what}")
    return "\n".join(lines)


def samples(texts: Iterable[Text], each: int = 3) -> list[tuple[str, str]]:
    """Cut pieces of 20 to 20,000 characters out of every text, and give each with its kind."""
    cut = []
    for text in texts:
        rng = random.Random(_hash(text.name))
        for _ in range(each):
            size = int(SIZES[0] * (SIZES[1] / SIZES[0]) ** rng.random())
            start = rng.randrange(max(len(text.text) - size, 1))
            if start:
                start = max(text.text.find("\n", start), text.text.find(" ", start), 0) + 1
            piece = text.text[start : start + size]
            if len(piece) >= SIZES[0]:
                cut.append((text.kind, piece))
    return cut


def group(kind: str) -> str:
    """Name the row of the error table that a kind or language belongs to."""
    if kind in SHARE:
        return kind
    return next((script for script, languages in SCRIPTS.items() if kind in languages.split()), "other latin")


# ---------------------------------------------------------------------------------------------------------- the truth


@cache
def _token_count() -> Callable[..., int]:
    from ctok import token_count

    return token_count


def truth(text: str, vocabulary: heuristic.Vocabulary) -> int:
    """Count the tokens of a text exactly, without the frame of the message."""
    number, frame = CTOK[vocabulary]
    return _token_count()(text, version=number) - frame


def unit_cost(unit: str, vocabulary: heuristic.Vocabulary) -> int:
    """Count what a unit costs in a text: a word as it stands, anything else between two words of one token."""
    if is_word(unit):
        return truth(unit, vocabulary)
    if unit[-1].isalpha() and unit[0] in "'’":
        return truth("a" + unit, vocabulary) - 1
    return truth(f"a{unit}a", vocabulary) - 2


def is_word(unit: str) -> bool:
    return bool(re.match(f"[{heuristic._LETTERS}]", unit))


def blocks() -> dict[str, str]:
    """Measure what a character costs: a digit for 64 code points, a row for 4096, named by the first digits."""
    rows = {}
    for row in (*range(0x10), 0x1F):
        digits = ""
        for start in range(row << 12, row + 1 << 12, 64):
            used = [chr(code) for code in range(start, start + 64, 5) if _is_used(chr(code))]
            costs = [_character_cost(character, "v4.7") for character in used]
            digits += str(min(max(round(median(costs)), 1), 9)) if costs else "4"
        rows[f"{row:X}"] = digits
    return rows


def characters(start: heuristic._Weights) -> dict[str, int]:
    """Measure the ideographs, syllables and symbols that cost other than their block's figure."""
    used = [c for code in range(0x80, 0x20000) if _is_used(c := chr(code)) and not is_word(c) and c not in "␣⟨⟩"]
    costs = [(c, _character_cost(c, "v3"), _character_cost(c, "v4.7")) for c in used]
    return {c: new for c, old, new in costs if old == new != heuristic._unseen(c, start)}


def repeats(vocabulary: heuristic.Vocabulary) -> dict[str, float]:
    """Measure what each further one of a long run of a mark or a letter costs."""
    return {
        f"{c}×": round((truth(f"a {c * 68} a", vocabulary) - truth(f"a {c * 4} a", vocabulary)) / 64, 2)
        for c in map(chr, range(33, 127))
        if not c.isdigit()
    }


def _character_cost(character: str, vocabulary: heuristic.Vocabulary) -> int:
    if is_word(character):
        return -(-(truth(character * 5, vocabulary) - truth(character, vocabulary)) // 4)
    return truth(f"a{character}a", vocabulary) - 2


def _is_used(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMNPS" and unicodedata.is_normalized("NFC", character)


# ------------------------------------------------------------------------------------------------------------ the fit


def units(texts: Iterable[Text], vocabulary: heuristic.Vocabulary) -> tuple[dict[str, int], dict[str, float]]:
    """Split texts; give every word and run of marks its cost, and how much it weighs."""
    blank = _blank(vocabulary)
    weight: defaultdict[str, float] = defaultdict(float)
    files: Counter[str] = Counter()
    for text in texts:
        found = Counter(heuristic._units(text.text, blank))
        share = SHARE.get(text.kind, 0.4 if text.kind in SPOKEN_MOST else 0.1)
        for unit, times in found.items():
            if heuristic._rule(unit) is None:
                weight[unit] += share * min(times / found.total(), 0.02)
                files[unit] += 1
    for word in common_words():
        weight[word] += COMMON
        files[word] += 1
    cost = {unit: unit_cost(unit, vocabulary) for unit in weight}
    return cost, {unit: w * (1 if files[unit] > 1 else 0.3) for unit, w in weight.items()}


def common_words() -> list[str]:
    """List the words that are one token of the older, larger vocabulary: those that texts of all kinds use most."""
    from ctok import pieces

    return [word for piece in pieces("3.0") if (word := _whole_word(piece))]


def _whole_word(piece: str) -> str:
    found = re.fullmatch("(⟨shift⟩)?⟨bow⟩([^⟨⟩]+)⟨eow⟩", piece)
    if not found or not is_word(found[2]):
        return ""
    return found[2].capitalize() if found[1] else found[2]


def _blank(vocabulary: heuristic.Vocabulary) -> heuristic._Weights:
    return heuristic._Weights({}, {}, {}, vocabulary == "v3", vocabulary == "v3", 0, 0, 0, 0)


def fit(cost: dict[str, int], weight: dict[str, float], start: heuristic._Weights) -> heuristic._Weights:
    """Choose the units worth naming and the grams worth weighing, and weigh them by ridge regression.

    The grams are fitted on the units that the table leaves out, as those are what they will have to estimate; so
    table and weights are chosen in turn.
    """
    # A unit that is one symbol has its own figure; only words and marks share letters.
    names = [unit for unit in cost if len(unit) > 1 or is_word(unit) or unit.isascii()]
    features = {unit: _features(unit, start) for unit in names}
    often: Counter[str] = Counter()
    for unit in names:
        for gram in features[unit]:
            often[gram] += weight[unit] ** 0.5 * (gram not in start.grams)
    grams = [gram for gram, times in often.most_common(12_000) if times]
    table: dict[str, int] = {}
    weights = start
    for round_ in range(4):
        rest = [unit for unit in names if unit not in table and len(unit) < 60]
        fitted = _ridge(rest, cost, {unit: weight[unit] ** 0.5 for unit in rest}, features, grams, start)
        if round_ < 2:
            matters = {gram: abs(w) * often[gram] ** 0.5 for gram, w in fitted.items()}
            grams = sorted(grams, key=lambda gram: -matters[gram])[: GRAMS if round_ else 2 * GRAMS]
        weights = replace(start, known={}, grams={**start.grams, **{gram: round(w, 2) for gram, w in fitted.items()}})
        gain = {unit: weight[unit] * abs(cost[unit] - heuristic._estimate(unit, weights)) for unit in cost}
        table = {unit: cost[unit] for unit in sorted(gain, key=lambda unit: -gain[unit])[:UNITS]}
    return replace(weights, known={**start.known, **table})


def _features(unit: str, weights: heuristic._Weights) -> dict[str, int]:
    body, marker = heuristic._lowered(unit, weights)
    return {**Counter(heuristic._grams(body)), **({marker: 1} if marker else {})}


def _ridge(
    names: list[str],
    cost: dict[str, int],
    weight: dict[str, float],
    features: dict[str, dict[str, int]],
    grams: list[str],
    start: heuristic._Weights,
) -> dict[str, float]:
    """Solve the weighted least squares of costs over grams by conjugate gradients."""
    import numpy as np

    index = {gram: column for column, gram in enumerate(grams)}
    rows, columns, times, target = [], [], [], []
    for row, unit in enumerate(names):
        known = 0.0
        for gram, n in features[unit].items():
            if gram in index:
                rows.append(row)
                columns.append(index[gram])
                times.append(n)
            elif gram in start.grams:
                known += n * start.grams[gram]
            elif len(gram) == 1:
                known += n * heuristic._unseen(gram, start)
        target.append(cost[unit] - known)
    row_, column_, times_ = np.array(rows), np.array(columns), np.array(times, float)
    root = np.sqrt([weight[unit] for unit in names])
    # Pairs and triples may only say what their letters cannot, so they pay more for their size.
    penalty = np.array([0.002 if len(gram) == 1 or len(gram) > 3 else 0.02 for gram in grams])

    def forward(x: Any) -> Any:
        return root * np.bincount(row_, times_ * x[column_], minlength=len(names))

    def backward(residual: Any) -> Any:
        return np.bincount(column_, times_ * (root * residual)[row_], minlength=len(grams))

    solution = np.zeros(len(grams))
    residual = backward(root * np.array(target))
    direction, norm = residual.copy(), residual @ residual
    for _ in range(400):
        image = backward(forward(direction)) + penalty * direction
        step = norm / (direction @ image)
        solution += step * direction
        residual -= step * image
        norm, last = residual @ residual, norm
        if norm < 1e-10:
            break
        direction = residual + norm / last * direction
    return dict(zip(grams, solution.tolist(), strict=True))


# -------------------------------------------------------------------------------------------------------- the measure


@dataclass(frozen=True, slots=True)
class Measured:
    """How far the estimate is from the truth on one sample."""

    kind: str
    true: int
    guess: heuristic.Guess

    @property
    def error(self) -> float:
        return abs(self.guess.tokens - self.true) / max(self.true, 1)

    @property
    def is_inside(self) -> bool:
        return self.guess.low <= self.true <= self.guess.high


def measure(cut: Iterable[tuple[str, str]], vocabulary: heuristic.Vocabulary, true: Iterable[int]) -> list[Measured]:
    """Compare the estimates with the true counts, sample by sample."""
    return [
        Measured(group(kind), tokens, heuristic.count(text, vocabulary))
        for (kind, text), tokens in zip(cut, true, strict=True)
    ]


def calibrate(
    weights: heuristic._Weights, texts: Sequence[Text], vocabulary: heuristic.Vocabulary
) -> heuristic._Weights:
    """Set the width of the range: what single units scatter by, and what a whole unfamiliar text drifts by.

    The drift is the smallest that puts 98 of 100 samples inside the range, and 95 of 100 of every kind; but at least
    8 %, by which long texts in languages that the corpus has little of were seen to drift.
    """
    squares = doubts = 0.0
    for text in texts:
        for unit in set(heuristic._units(text.text, weights)) - weights.known.keys():
            if heuristic._rule(unit) is None:
                guess = heuristic._estimate(unit, weights)
                squares += (unit_cost(unit, vocabulary) - guess) ** 2
                doubts += guess - heuristic._SURE
    weights = replace(weights, slack=1.5, floor=0.01, noise=round(2 * (squares / doubts) ** 0.5, 2))
    cut = [*samples(texts), *((text.kind, text.text) for text in texts)]
    true = [truth(text, vocabulary) for _, text in cut]
    for percent in range(8, 40):
        weights = replace(weights, drift=percent / 100)
        with _installed(weights):
            measured = measure(cut, vocabulary, true)
        if coverage(measured) >= 0.98 and all(coverage(of) >= 0.95 for of in by_kind(measured).values()):
            break
    return weights


@contextmanager
def _installed(weights: heuristic._Weights) -> Iterator[None]:
    read = heuristic._weights
    heuristic._weights = lambda _: weights  # type: ignore[assignment]
    try:
        yield
    finally:
        heuristic._weights = read


def by_kind(measured: Iterable[Measured]) -> dict[str, list[Measured]]:
    kinds: defaultdict[str, list[Measured]] = defaultdict(list)
    for one in measured:
        kinds[one.kind].append(one)
    return dict(sorted(kinds.items()))


def coverage(measured: Sequence[Measured]) -> float:
    return sum(one.is_inside for one in measured) / len(measured)


def summary(measured: Sequence[Measured]) -> dict[str, float]:
    """Give the errors in percent: of all samples, and of those of 200 tokens and more."""
    errors = sorted(one.error for one in measured)
    longer = sorted(one.error for one in measured if one.true >= 200) or [0.0]
    return {
        "samples": len(measured),
        "median": round(100 * median(errors), 1),
        "p95": round(100 * errors[int(0.95 * len(errors))], 1),
        "median_200": round(100 * median(longer), 1),
        "p95_200": round(100 * longer[int(0.95 * len(longer))], 1),
        "inside": round(100 * coverage(measured), 1),
    }


# ---------------------------------------------------------------------------------------------------------- the file

HEADER: Final = """\
# What the units of a text cost, for `claude_kit.estimate.heuristic`. Written by `python -m tests.fit_text --write`;
# do not edit. Every cost was measured with ctok (Sander Land, MIT licence, https://github.com/sanderland/ctok).
#
# units: words and runs of marks with their tokens; ␣ is a space.
# grams: what a letter, a pair and a triple add to any other word or run of marks, in tokens; ⟨ and ⟩ are its ends,
#        -× is each further dash after four, Capital and CAPS are a word's leading capital and its capitals alone.
# blocks: tokens of a character that no table names, a digit for 64 code points; row 4 is U+4000 to U+4FFF.
# characters: ideographs, syllables and symbols that cost otherwise.
# range: slack in tokens; noise for the square root of the estimated units' summed squares; drift as a share of the
#        estimated tokens; floor as a share of all tokens.
# measured: errors in percent on samples of 20 to 20,000 characters from files that neither weights nor range have
#        seen; median_200 and p95_200 are those of the samples of 200 tokens and more.
"""


def write(weights: dict[heuristic.Vocabulary, heuristic._Weights], shared: dict[str, int], texts: list[Text]) -> None:
    """Write weights and range; the errors are added once they are measured from the file."""
    use = Counter(text.use for text in texts)
    first = next(iter(weights.values()))
    lines = [
        HEADER,
        "[fitted]",
        f'date = "{date.today()}"',
        f'with = "ctok {version("ctok")}"',
        f'corpus = "{len(texts)} texts of {len({text.kind for text in texts})} kinds and languages, '
        f'{sum(len(text.text) for text in texts) / 1e6:.1f} MB"',
        f"files = {{ fit = {use['fit']}, calibrate = {use['calibrate']}, measure = {use['measure']} }}\n",
        "[blocks]",
        *(f'{row} = "{digits}"' for row, digits in first.blocks.items()),
        "",
        _table("characters", shared),
    ]
    for vocabulary, own in weights.items():
        units = {unit: cost for unit, cost in own.known.items() if unit not in shared}
        fields = ("slack", "noise", "drift", "floor")
        lines += [
            f'["{vocabulary}".range]',
            *(f"{field} = {getattr(own, field)}" for field in fields),
            "",
            _table(f'"{vocabulary}".units', units),
            _table(f'"{vocabulary}".grams', {gram: weight for gram, weight in own.grams.items() if weight}),
        ]
    WEIGHTS.write_text("\n".join(lines), encoding="utf-8")


def _table(name: str, values: Mapping[str, float]) -> str:
    """Group names by their value: a line of TOML for each value, its names set apart by spaces."""
    groups: defaultdict[float, list[str]] = defaultdict(list)
    for unit, value in values.items():
        groups[value].append(unit.replace(" ", "␣").replace("\\", "\\\\").replace('"', '\\"'))
    lines = [f"[{name}]"]
    for value, names in sorted(groups.items()):
        text = textwrap.fill(" ".join(sorted(names)), 118, break_long_words=False, break_on_hyphens=False)
        lines.append(f'"{value}" = """\n{text}\n"""')
    return "\n".join(lines) + "\n"


def append_measured(rows: dict[heuristic.Vocabulary, dict[str, dict[str, float]]]) -> None:
    """Add the measured errors to the file."""
    lines = []
    for vocabulary, kinds in rows.items():
        lines.append(f'[measured."{vocabulary}"]')
        for kind, row in kinds.items():
            lines.append(f'"{kind}" = {{ {", ".join(f"{name} = {value}" for name, value in row.items())} }}')
        lines.append("")
    with WEIGHTS.open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines).rstrip() + "\n")


def main() -> None:
    """Fit where asked to, then measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="fit anew and write heuristic.toml")
    arguments = parser.parse_args()
    texts = corpus()
    print(f"{len(texts)} texts, {sum(len(text.text) for text in texts) / 1e6:.1f} MB")
    if arguments.write:
        rows_of_blocks = blocks()
        shared = characters(replace(_blank("v3"), blocks=rows_of_blocks))
        fitted: dict[heuristic.Vocabulary, heuristic._Weights] = {}
        for vocabulary in CTOK:
            start = replace(_blank(vocabulary), known=shared, grams=repeats(vocabulary), blocks=rows_of_blocks)
            cost, weight = units([text for text in texts if text.use == "fit"], vocabulary)
            kept = [text for text in texts if text.use == "calibrate"]
            fitted[vocabulary] = calibrate(fit(cost, weight, start), kept, vocabulary)
            print(f"{vocabulary}: fitted on {len(cost)} words and runs of marks")
        write(fitted, shared, texts)
        heuristic._table.cache_clear()
        heuristic._weights.cache_clear()
    rows: dict[heuristic.Vocabulary, dict[str, dict[str, float]]] = {}
    cut = samples(text for text in texts if text.use == "measure")
    for vocabulary in CTOK:
        measured = measure(cut, vocabulary, [truth(text, vocabulary) for _, text in cut])
        rows[vocabulary] = {kind: summary(of) for kind, of in [*by_kind(measured).items(), ("all", measured)]}
        print(f"\n{vocabulary:18} " + " ".join(f"{name:>10}" for name in next(iter(rows[vocabulary].values()))))
        for kind, row in rows[vocabulary].items():
            print(f"{kind:18} " + " ".join(f"{value:10}" for value in row.values()))
    if arguments.write:
        append_measured(rows)


if __name__ == "__main__":
    main()
