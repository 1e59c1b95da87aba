"""How many tokens a document costs: a PDF's wrapper, an image of every page and its text; a text's wrapper; citations.

Measured on recorded requests, page images apart from the text as PDFium extracts it: the same on all models and tiers,
since pages are rasterised to a fixed size; base64, URL and file id cost the same.
"""

from __future__ import annotations

import re
from typing import Final

from claude_kit.content import Page, Pdf
from claude_kit.estimate import texts
from claude_kit.estimate.count import Count
from claude_kit.models import Model

__all__ = ["TEXT_WRAPPER", "around_texts", "citations", "heading", "page", "page_image", "tokens"]

# Tokenizer -> what a PDF costs beside its pages. v3: 21, from 1 and 30 pages of one shape. v4.8: a letter page came to
# 1,577 and 1,578 tokens (n = 2) against 1,574 in v3.
_WRAPPER: Final = {
    "v3": Count(21, 20, 22, "measured"),
    "v4.7": Count(24, 20, 26, "interpolated"),
    "v4.8": Count(25, 23, 26, "measured"),
}

# Page shape -> tokens of its image (letter n = 7, A4 n = 6).
_PAGE_IMAGE: Final = {"letter": Count(1553, 1552, 1555, "measured"), "A4": Count(1573, 1572, 1574, "measured")}

# Other shapes were never recorded. Every page that fills the raster is 1,496 to 1,568 patches (the shapes between 1:1
# and 1:2), and both measured ones lie about 22 to 57 above theirs; small pages may be fewer.
_OTHER_IMAGE: Final = Count(1563, 1499, 1625, "interpolated")
_SMALL_PAGE_PT: Final = 300
_SMALL_IMAGE: Final = Count(1563, 300, 1625, "interpolated")

# Model -> what a page's image costs more than on every other model (letter, n = 6: 1,586 to 1,553).
_DEARER_PAGE: Final = {"claude-3-5-haiku-20241022": Count(33, 31, 36, "interpolated")}

#: What a text document costs beside its text: 36 to 39 tokens.
TEXT_WRAPPER: Final = Count(38, 36, 39, "measured")

# A document's title or context cost about 15 tokens, the few of its own text among them.
_HEADING_WRAPPER: Final = Count(11, 5, 15, "interpolated")

# Citations: 491 and 16 a sentence, however long (n = 6, within 1.3 %). Sentences are split here by a rule of thumb, and
# whether several documents cost the 491 once is not known.
_CITATIONS: Final = 491
_CITATIONS_PER_SENTENCE: Final = 16
_CITATIONS_DOUBT: Final = 0.15
_SENTENCE_END: Final = re.compile(r"[.!?][\"')\]]*\s|\n\s*\n")


def tokens(document: Pdf, model: Model) -> Count:
    """Count what a PDF is billed, without its citations."""
    return sum((texts.count(text, model) for text in document.page_texts), around_texts(document, model))


def around_texts(document: Pdf, model: Model) -> Count:
    """Count what a PDF is billed beside the text of its pages: their images, its title, and the wrapper."""
    total = _WRAPPER[model.tokenizer]
    if document.title:
        total += heading(document.title, model)
    return sum((page_image(shape, model) for shape in document.pages), total)


def page(shape: Page, text: str, model: Model) -> Count:
    """Count what one page is billed: its image and its text."""
    return page_image(shape, model) + texts.count(text, model)


def page_image(shape: Page, model: Model) -> Count:
    """Count what a page is billed beside its text; a blank or scanned page is billed no more.

    Parameters
    ----------
    shape : Page
    model : Model

    Returns
    -------
    Count
        Measured for letter and A4. No one raster explains both (patches and a constant came no nearer than 2 tokens),
        so that other shapes are interpolated, and lying pages too, in a range that holds what any raster could cost.
    """
    upright = shape.paper.removesuffix(" landscape")
    image = _PAGE_IMAGE.get(upright, _OTHER_IMAGE)
    if upright != shape.paper:
        image = Count(image.tokens, _OTHER_IMAGE.low, _OTHER_IMAGE.high, "interpolated")
    elif max(shape.width, shape.height) < _SMALL_PAGE_PT:
        image = _SMALL_IMAGE
    return image + _DEARER_PAGE[model.id] if model.id in _DEARER_PAGE else image


def heading(text: str, model: Model) -> Count:
    """Count a document's title, or its context."""
    return texts.count(text, model) + _HEADING_WRAPPER


def citations(documents: list[str]) -> Count:
    """Count what citing from documents of these texts adds to a request."""
    if not documents:
        return Count.exactly(0)
    sentences = sum(len(_SENTENCE_END.findall(text.strip())) + 1 for text in documents if text.strip())
    added = _CITATIONS + _CITATIONS_PER_SENTENCE * sentences
    doubt = round(added * _CITATIONS_DOUBT)
    return Count(added, added - doubt, added + doubt + _CITATIONS * (len(documents) - 1), "interpolated")
