"""What does each file cost, sent with the question? Tokens that were counted, priced for one day and one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from claude_kit.content import Image, Part, Pdf, Text, part
from claude_kit.estimate import Price
from claude_kit.estimate.count import METHODS, Count
from claude_kit.estimate.request import lines
from claude_kit.estimate.tariff import Bill, Tariff
from claude_kit.models import Model
from claude_kit.planning.folder.tally import Tally

__all__ = ["Pricing"]

# Parts of each kind, as small as can be: what is counted is the frame around them and the question after them.
_SMALLEST_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\ntrailer<</Root 1 0 R>>"
)


class Pricing:
    """The terms that all files of a survey are priced on.

    Parameters
    ----------
    model, question, expect_output, max_tokens, batch, cache, at, price
        As `claude_kit.survey` takes them.

    Raises
    ------
    UnknownModelError
        If there is no such model, or no price for it, and none is given.
    ValueError
        If an option is not one of those that exist.
    """

    def __init__(
        self,
        model: str | Model | None,
        *,
        question: object = None,
        expect_output: int | None = None,
        max_tokens: int | None = None,
        batch: bool = False,
        cache: Literal["5m", "1h"] | None = None,
        at: datetime | date | None = None,
        price: Price | None = None,
    ) -> None:
        self.tariff = Tariff.of(
            model,
            max_tokens=max_tokens,
            expect_output=expect_output,
            cache=cache,
            batch=batch,
            at=at,
            price=price,
        )
        asked = question if isinstance(question, Sequence) and not isinstance(question, str | bytes) else [question]
        self._question = [part(item) for item in asked if item is not None]
        self._around = self._counted_around()
        self.tariff.money(0, 0)  # what cannot be priced need not be counted

    @property
    def model(self) -> Model:
        """The model that all are priced for."""
        return self.tariff.model

    def bill(self, tally: Tally) -> Bill | None:
        """Count and price a request that holds one file and the question; None if the file could not be counted."""
        if tally.error:
            return None
        held = Count(tally.text_tokens + tally.image_tokens, tally.low, tally.high, _method(tally))
        return self.tariff.bill(self.tariff.widened(held + self._around[tally.kind]))

    def _counted_around(self) -> Mapping[str, Count]:
        """Count, for each kind of file, all of the request but the file."""
        smallest: dict[str, Part] = {
            "pdf": Pdf(_SMALLEST_PDF),
            "image": Image(b"", "image/png", 1, 1),
            "text": Text(".", "text.txt"),
        }
        return {
            kind: sum((line.count for line in self._lines(file)[1:]), Count.exactly(0))
            for kind, file in smallest.items()
        }

    def _lines(self, file: Part) -> Any:
        return lines([{"role": "user", "content": [file, *self._question]}], self.model)


def _method(tally: Tally) -> Any:
    return tally.method if tally.method in METHODS else METHODS[-1]
