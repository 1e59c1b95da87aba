"""The sample files of the lessons are what their script says they are."""

import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pypdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageOps

pytest.importorskip("matplotlib")

DATA = Path(__file__).parent.parent / "notebooks" / "data"
MOST_BYTES = {"report.pdf": 60_000, "scan.pdf": 120_000, "photo.jpg": 150_000, "screenshot.png": 150_000}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", DATA / "make_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script()


@pytest.fixture(scope="module")
def samples(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    script.main(folder)
    return folder


@contextmanager
def opened(path: Path) -> Iterator[pdfium.PdfDocument]:
    document = pdfium.PdfDocument(path)
    try:
        yield document
    finally:
        document.close()


def page_texts(path: Path) -> list[str]:
    texts = []
    with opened(path) as document:
        for number in range(len(document)):
            page = document[number]
            layer = page.get_textpage()
            texts.append(layer.get_text_bounded())
            layer.close()
            page.close()
    return texts


def font_descriptors(path: Path) -> list[pypdf.generic.DictionaryObject]:
    with pypdf.PdfReader(path) as reader:
        fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
        return [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]


@pytest.mark.parametrize("name", MOST_BYTES)
def test_each_sample_is_small_enough_to_ship(samples: Path, name: str) -> None:
    """No sample grows past what the repository should carry."""
    assert 0 < (samples / name).stat().st_size <= MOST_BYTES[name]


@pytest.mark.parametrize("name", MOST_BYTES)
def test_a_second_run_gives_the_same_bytes(script: ModuleType, samples: Path, tmp_path: Path, name: str) -> None:
    """With the same libraries every sample comes out byte for byte the same."""
    script.MAKERS[name](tmp_path / name)
    assert (tmp_path / name).read_bytes() == (samples / name).read_bytes()


def test_report_has_three_letter_pages(samples: Path) -> None:
    """The report is three pages of US letter."""
    with opened(samples / "report.pdf") as document:
        assert [document.get_page_size(number) for number in range(len(document))] == [(612, 792)] * 3


def test_report_embeds_its_fonts(samples: Path) -> None:
    """Every font of the report is a TrueType file inside it, so it looks the same everywhere."""
    descriptors = font_descriptors(samples / "report.pdf")
    assert descriptors
    assert all("/FontFile2" in descriptor for descriptor in descriptors)


def test_report_text_begins_with_its_title(script: ModuleType, samples: Path) -> None:
    """The text layer of page 1 begins with the title alone on its line, which the document's title repeats."""
    first = page_texts(samples / "report.pdf")[0]
    assert first.splitlines()[0] == script.TITLE
    with pypdf.PdfReader(samples / "report.pdf") as reader:
        assert reader.metadata is not None
        assert reader.metadata.title == script.TITLE
        assert reader.metadata.author


def test_report_text_reads_in_order(script: ModuleType, samples: Path) -> None:
    """The text layer holds the prose word for word, in the order a person reads it."""
    pages = [" ".join(text.split()) for text in page_texts(samples / "report.pdf")]
    for page, prose in zip(pages, (script.SUMMARY, script.REGIONS, script.OUTLOOK), strict=True):
        assert " ".join(text for _, text in script.blocks(prose)) in page


def test_report_findings_agree_with_its_table(script: ModuleType, samples: Path) -> None:
    """Every growth rate and latest value that the findings name is the one the table gives."""
    findings = " ".join(page_texts(samples / "report.pdf")[0].split())
    totals = [sum(quarter) for quarter in zip(*script.REVENUE.values(), strict=True)]
    europe, asia, latin = (script.REVENUE[name] for name in ("Europe", "Asia Pacific", "Latin America"))
    for verb, values in (("rose", europe), ("fell", asia), ("rose", latin)):
        change = abs(values[-1] / values[0] - 1)
        assert re.search(rf"{verb} by {100 * change:.1f} percent to {values[-1]} million", findings)
    assert f"revenue of {totals[-1]:.1f} million dollars, {100 * (totals[-1] / totals[0] - 1):.1f} percent" in findings
    assert f"{europe[-1] - europe[0]:.1f} of the {totals[-1] - totals[0]:.1f} million gained" in findings


def test_scan_is_one_picture_without_text(samples: Path) -> None:
    """The scan is a single A4 page with one picture and no text layer."""
    assert page_texts(samples / "scan.pdf") == [""]
    with opened(samples / "scan.pdf") as document:
        assert document.get_page_size(0) == pytest.approx((595.28, 841.89), abs=0.5)
    with pypdf.PdfReader(samples / "scan.pdf") as reader:
        assert len(reader.pages[0].images) == 1


def test_photo_is_stored_on_its_side(samples: Path) -> None:
    """The photo is stored 1600 by 1200 and says with Orientation 6 that it stands 1200 by 1600."""
    with Image.open(samples / "photo.jpg") as photo:
        assert photo.format == "JPEG"
        assert photo.size == (1600, 1200)
        assert photo.getexif()[274] == 6
        assert photo.getexif()[271] == "claude_kit"
        assert ImageOps.exif_transpose(photo).size == (1200, 1600)


def test_photo_turned_by_its_orientation_is_upright(samples: Path) -> None:
    """Turned as its EXIF asks, the photo has the bright sky above, and in it the sun right of the middle."""
    with Image.open(samples / "photo.jpg") as photo:
        grey = np.asarray(ImageOps.exif_transpose(photo).convert("L").resize((120, 160)))
    sky, water = grey[:80], grey[80:]
    assert sky.mean() > water.mean() + 20
    assert np.unravel_index(sky.argmax(), sky.shape)[1] > 60


def test_screenshot_is_tall(samples: Path) -> None:
    """The screenshot is a PNG of 1080 by 5400 pixels."""
    with Image.open(samples / "screenshot.png") as screenshot:
        assert screenshot.format == "PNG"
        assert screenshot.size == (1080, 5400)
