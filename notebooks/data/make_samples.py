"""Make the sample files that the lessons send.

Four invented documents, each one a case that people meet with their own files:

``report.pdf``
    Three letter pages with a text layer, embedded fonts, a table and a vector chart. Worth the question "What are
    the key findings?"; the prose agrees with the table and with the chart.
``scan.pdf``
    One A4 page that is only a picture of an invoice, as a scanner gives it: slightly turned, grey, no text layer.
``photo.jpg``
    A lake in portrait, stored lying on its side with EXIF Orientation 6, as phones do. Upright it is 1200 x 1600.
``screenshot.png``
    A status page 1080 pixels wide and 5400 tall: too long for a model to see at full size.

The same versions of matplotlib, numpy and pillow give the same bytes. ``python make_samples.py [FOLDER]`` writes
beside this script unless told otherwise.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import ExifTags, Image, ImageDraw, ImageFilter, ImageFont, ImageOps

Floats = npt.NDArray[np.float64]

# Only faces that matplotlib ships: what a machine has installed must not change a byte.
FACES = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SERIF, SERIF_BOLD = "STIXGeneral.ttf", "STIXGeneralBol.ttf"
SANS, SANS_BOLD, MONO = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"
INK, SOFT, TEAL, RULE, TILE = "#1d2733", "#5f6b78", "#0f5c6e", "#c9d3da", "#eef4f5"


@cache
def face(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Open a font file at a size in pixels; the basic layout is the one every build of pillow has."""
    return ImageFont.truetype(FACES / name, size, layout_engine=ImageFont.Layout.BASIC)


def wrap(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break a text at its spaces into lines no wider than `width` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def blocks(prose: str) -> Iterator[tuple[int, str]]:
    """Yield each heading with its level and each paragraph with level 0."""
    for block in prose.strip().split("\n\n"):
        lines = block.splitlines()
        while lines and lines[0].startswith("#"):
            marks, heading = lines.pop(0).split(" ", 1)
            yield len(marks), heading
        if lines:
            yield 0, " ".join(lines)


# --- report.pdf -------------------------------------------------------------------------------------------------

LEFT, RIGHT, WIDTH, HEIGHT = 81, 531, 612, 792  # of the text and of the page, in points
SECTION, FINDING = (12, 15, TEAL, 20), (0, 11.5, INK, 15.5)  # headings: space before, size, colour, step after

TITLE = "Northwind Quarterly Review, Q3 2026"
SUBTITLE = "Report to the board for the three months to 30 September 2026, in millions of US dollars"
QUARTERS = ("Q3 2025", "Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026")
REVENUE = {
    "North America": (18.4, 19.1, 18.7, 19.6, 20.3),
    "Europe": (14.2, 14.5, 15.1, 16.2, 18.0),
    "Asia Pacific": (9.6, 10.1, 9.4, 8.9, 8.3),
    "Latin America": (3.1, 3.4, 3.6, 4.0, 4.6),
}
REGION_COLOURS = (TEAL, "#c8731a", "#8c5a86", "#5d8032")
KEY_FIGURES = (
    ("Revenue", "51.2 m", "+13.0% on Q3 2025"),
    ("Gross margin", "41.2%", "38.6% a year ago"),
    ("Service share", "33.0%", "28.0% a year ago"),
    ("Operating profit", "6.5 m", "4.3 m a year ago"),
)
TABLE_NOTE = "Table 1. Revenue in millions of US dollars. Change compares Q3 2026 with Q3 2025."
CHART_NOTE = "Figure 1. Quarterly revenue by region in millions of US dollars, with the latest value of each."

SUMMARY = """\
# Summary
Northwind closed the third quarter of 2026 with revenue of 51.2 million dollars, 13.0 percent more than a
year earlier and the best quarter in its history. Growth was uneven. Europe brought in almost two thirds of
the increase, Latin America grew fastest from a small base, and Asia Pacific shrank for the third quarter in
a row. Gross margin rose from 38.6 to 41.2 percent, because service contracts earn more than turbines do and
now make up 33.0 percent of sales.

# Key findings
## 1. Europe is the engine
European revenue rose by 26.8 percent to 18.0 million, after the Rotterdam depot opened in February and cut
the time from order to delivery from 41 days to 19. Europe added 3.8 of the 5.9 million gained in a year.

## 2. Service outgrows hardware
Service revenue reached 16.9 million, a third more than the 12.7 million of last year, while turbine sales
grew by 5.2 percent to 34.3 million. Of the contracts that came up for renewal, 94 percent were renewed.

## 3. Asia Pacific needs a decision
Revenue there fell by 13.5 percent to 8.3 million. The distribution agreement in Osaka lapsed in January and
was not replaced, and two harbour tenders were lost on price. The region still made a profit, but
a thin one.

## 4. Costs grew more slowly than sales
Operating costs were 14.6 million, or 28.5 percent of revenue, against 13.2 million and 29.1 percent a year
ago. Freight fell for the second quarter running, as towers are now bought close to where they are raised.

## 5. Latin America is small but steady
Revenue rose by 48.4 percent to 4.6 million and has now grown in every quarter since the office in Valdivia
opened. The order book for the region covers the next five months.
"""
REGIONS = """\
# What moved each region
North America grew by 10.3 percent and remains the largest market. Farm cooperatives in the Midwest ordered
early to meet the deadline of a tax credit, so part of the fourth quarter may already be in these figures.

Europe has now grown in four quarters running, and faster each time. Schools and small harbours are the core
of the order book, and three buyers in five take a ten-year service contract along with the turbine.

Asia Pacific peaked at 10.1 million at the end of 2025 and has lost 1.8 million since then. Field engineers
are busy on existing machines, which keeps service income steady; new turbines account for all of the fall.

Latin America grew by 48.4 percent, almost all of it with salmon farms and rural clinics in southern Chile.
It is still less than a tenth of the company, and it needs no new money until the middle of next year.

# Risks to watch
Blade resin has risen by 11 percent since June, and the supply contract ends in March. One customer accounts
for a fifth of European orders. A strong dollar took about 0.4 million from reported revenue this quarter.
"""
OUTLOOK = """\
# Outlook
For the fourth quarter we expect revenue between 51 and 53 million and a gross margin of about 41 percent.
The range is wide because early orders in North America may leave a gap, while the Rotterdam depot has room
for forty more deliveries a month. Service should pass 34 percent of sales by the end of the year.

# Conclusion
The quarter shows a company that earns more from keeping turbines running than it did a year ago, and that
sells best where it stands close to the customer. We recommend a second European depot, in Gdansk, for 2.2
million; a resin contract of two years, signed before March; and a decision by December on whether Asia
Pacific gets a new distributor or is served from Vancouver. We do not recommend cutting prices there.
"""


@dataclass
class Sheet:
    """A letter page set from the top down; `page` counts in points, `y` is the next baseline."""

    figure: Figure
    page: Axes
    y: float = 712

    @classmethod
    def blank(cls, title: str, size: float) -> "Sheet":
        """Take a fresh page and set its title."""
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        page = figure.add_axes((0, 0, 1, 1))
        page.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
        page.set_axis_off()
        sheet = cls(figure, page)
        sheet.put(LEFT, title, SERIF_BOLD, size)
        return sheet

    def put(self, x: float, text: str, font: str, size: float, colour: str = INK, align: str = "left") -> None:
        """Set one line at the current height: one text object, so that a reader extracts it whole."""
        line = self.page.text(x, self.y, text, fontproperties=FACES / font, fontsize=size, color=colour)
        line.set(horizontalalignment=align, parse_math=False)

    def rule(self, y: float, width: float = 0.6, colour: str = RULE) -> None:
        """Draw a line across the text area."""
        self.page.hlines(y, LEFT, RIGHT, colour, linewidth=width)

    def flow(self, prose: str) -> None:
        """Set sections, findings and paragraphs. Lines are measured enlarged, where hinting shifts no width."""
        for level, text in blocks(prose):
            if level:
                before, size, colour, after = SECTION if level == 1 else FINDING
                self.y -= before
                self.put(LEFT, text, SERIF_BOLD, size, colour)
                self.y -= after
                continue
            for line in wrap(text, face(SERIF, 230), (RIGHT - LEFT) * 20):
                self.put(LEFT, line, SERIF, 11.5)
                self.y -= 15.5
            self.y -= 7

    def finish(self, number: int) -> Figure:
        """Add the footer, last so that extracted text begins with the page's own first line."""
        self.rule(62)
        self.y = 48
        self.put(LEFT, "Northwind, quarterly review", SANS, 7.5, SOFT)
        self.put(RIGHT, f"Page {number} of 3", SANS, 7.5, SOFT, "right")
        return self.figure


def key_figures(sheet: Sheet) -> None:
    """Set the row of tiles, each tile whole before the next one."""
    top = sheet.y
    for x, (label, value, change) in zip(range(LEFT, RIGHT, 114), KEY_FIGURES, strict=True):
        sheet.page.add_patch(Rectangle((x, top - 60), 108, 60, color=TILE, linewidth=0))
        sheet.y = top - 15
        sheet.put(x + 9, label, SANS, 7.5, SOFT)
        sheet.y -= 22
        sheet.put(x + 9, value, SERIF_BOLD, 21, TEAL)
        sheet.y -= 14
        sheet.put(x + 9, change, SANS, 7.5)
    sheet.y = top - 80


def revenue_table(sheet: Sheet) -> None:
    """Set revenue by region and quarter, with the change over a year and the totals."""
    totals = tuple(sum(quarter) for quarter in zip(*REVENUE.values(), strict=True))
    rows: list[tuple[str, ...]] = [("Region", *QUARTERS, "Change")]
    for name, values in (*REVENUE.items(), ("Total", totals)):
        rows.append((name, *(f"{value:.1f}" for value in values), f"{values[-1] / values[0] - 1:+.1%}"))
    sheet.rule(sheet.y + 16, 1.2, TEAL)
    for row in rows:
        font = SERIF_BOLD if row in (rows[0], rows[-1]) else SERIF
        sheet.put(LEFT, row[0], font, 11)
        for right, cell in zip((*range(222, 463, 60), RIGHT), row[1:], strict=True):
            sheet.put(right, cell, font, 11, align="right")
        sheet.rule(sheet.y - 8)
        sheet.y -= 22
    sheet.y += 14
    sheet.rule(sheet.y, 1.2, TEAL)


def revenue_chart(sheet: Sheet) -> None:
    """Draw one line a region, named and valued at its end instead of in a legend."""
    floor, unit = sheet.y - 260, 12.5  # points for a million
    across = [LEFT + 30 + 80 * number for number in range(5)]
    for level in range(0, 21, 5):
        sheet.y = floor + level * unit + 3
        sheet.put(LEFT, str(level), SANS, 7.5, SOFT)
        sheet.page.hlines(floor + level * unit, LEFT, across[-1], RULE, linewidth=0.6)
    for (name, values), colour in zip(REVENUE.items(), REGION_COLOURS, strict=True):
        heights = [floor + value * unit for value in values]
        sheet.page.plot(across, heights, color=colour, linewidth=2, marker="o", markersize=4)
        sheet.y = heights[-1] - 3
        sheet.put(across[-1] + 10, f"{name} {values[-1]}", SANS, 8, colour)
    sheet.y = floor - 14
    for x, quarter in zip(across, QUARTERS, strict=True):
        sheet.put(x, quarter, SANS, 7.5, SOFT, "center")


def report_pages() -> list[Figure]:
    """Compose the three pages."""
    first = Sheet.blank(TITLE, 25.5)
    first.y -= 20
    first.put(LEFT, SUBTITLE, SANS, 8.5, SOFT)
    first.y -= 18
    key_figures(first)
    first.flow(SUMMARY)
    second, third = Sheet.blank("Revenue by region", 20), Sheet.blank("Five quarters at a glance", 20)
    for sheet, draw, note, prose in (
        (second, revenue_table, TABLE_NOTE, REGIONS),
        (third, revenue_chart, CHART_NOTE, OUTLOOK),
    ):
        sheet.y -= 40
        draw(sheet)
        sheet.y -= 20
        sheet.put(LEFT, note, SANS, 7.5, SOFT)
        sheet.y -= 20
        sheet.flow(prose)
    return [first.finish(1), second.finish(2), third.finish(3)]


def make_report(path: Path) -> None:
    """Write the report under matplotlib's own defaults, whatever style the reader's machine sets."""
    about = {"Title": TITLE, "Author": "Northwind Finance", "Subject": SUBTITLE, "CreationDate": None}
    with style.context(["default", {"pdf.fonttype": 42}]), PdfPages(path, metadata=about) as pdf:
        for page in report_pages():
            pdf.savefig(page)


# --- scan.pdf ---------------------------------------------------------------------------------------------------

INVOICE = (
    (130, 140, SERIF_BOLD, 50, "Marlow & Finch"),
    (130, 205, SERIF, 28, "Bookbinders and box makers, 14 Tanner's Row, Eastmere"),
    (130, 330, SERIF, 28, "To: Eastmere Public Library, 2 Market Square, Eastmere"),
    (130, 420, SERIF_BOLD, 36, "Invoice 2026-0417"),
    (130, 475, SERIF, 28, "Date: 9 October 2026          Payment due: 8 November 2026"),
    (130, 1230, SERIF, 28, "Please pay by transfer and name the invoice number. The two atlases"),
    (130, 1270, SERIF, 28, "were repaired by hand; keep them flat for a fortnight."),
    (130, 1360, SERIF, 28, "With thanks for your custom,"),
    (130, 1420, SERIF_BOLD, 28, "Agnes Finch"),
)
ITEMS = (  # what, how many, price of one in pence
    ("Rebinding in half cloth, octavo", 24, 1850),
    ("Rebinding in quarter leather, folio", 3, 6400),
    ("Repair of two atlases, hours of work", 11, 3200),
    ("Archive boxes, grey board", 40, 475),
)


def draw_items(draw: ImageDraw.ImageDraw, top: int) -> None:
    """Draw the lines of the invoice and its total."""
    total = sum(count * price for _, count, price in ITEMS)
    rows = [("Description", "Number", "Each", "Amount")]
    rows += [(what, str(n), f"{price / 100:.2f}", f"{n * price / 100:,.2f}") for what, n, price in ITEMS]
    rows += [("Total in pounds, no tax charged", "", "", f"{total / 100:,.2f}")]
    for number, row in enumerate(rows):
        y = top + 76 * number
        font = face(SERIF_BOLD if number in (0, len(rows) - 1) else SERIF, 28)
        for x, anchor, cell in zip((130, 760, 920, 1110), ("ls", "rs", "rs", "rs"), row, strict=True):
            draw.text((x, y), cell, 40, font, anchor)
        draw.line((130, y + 24, 1110, y + 24), fill=120, width=2)


def stamp(page: Image.Image) -> None:
    """Press a slanted stamp onto the page."""
    ink = Image.new("L", (400, 130))
    draw = ImageDraw.Draw(ink)
    draw.rounded_rectangle((6, 6, 394, 124), 16, outline=170, width=7)
    draw.text((200, 65), "RECEIVED", 170, face(SANS_BOLD, 58), "mm")
    page.paste(70, (700, 1420), ink.rotate(9, Image.Resampling.BICUBIC, expand=True))


def make_scan(path: Path) -> None:
    """Draw an invoice, then treat it as a scanner would: turned, softened, unevenly lit, grainy."""
    page = Image.new("L", (1240, 1754), 246)  # A4 at 150 dots an inch
    draw = ImageDraw.Draw(page)
    for x, y, font, size, text in INVOICE:
        draw.text((x, y), text, 40, face(font, size), "ls")
    draw_items(draw, 620)
    stamp(page)
    page = page.rotate(0.8, Image.Resampling.BICUBIC, fillcolor=225).filter(ImageFilter.GaussianBlur(0.7))
    grain = np.random.default_rng(417).normal(0, 3, (1754, 1240))
    light = np.linspace(4, -14, 1240)
    grey = Image.fromarray(np.clip(np.asarray(page) + light + grain, 0, 255).astype(np.uint8))
    epoch = time.gmtime(0)
    grey.save(path, resolution=150, quality=38, optimize=True, creationDate=epoch, modDate=epoch)


# --- photo.jpg --------------------------------------------------------------------------------------------------

WIDE, TALL, SHORE = 1200, 1600, 930  # upright; the lake begins at row SHORE
ROWS, COLUMNS = np.mgrid[0:TALL, 0:WIDE].astype(np.float64)
FROM_SUN = np.hypot(COLUMNS - 800, ROWS - 560)
HILLS = (  # height above the shore, roughness, cells of the coarsest octave, colour
    (330, 0.55, 3, (150, 142, 170)),
    (235, 0.50, 4, (112, 116, 150)),
    (150, 0.45, 3, (72, 88, 116)),
    (80, 0.40, 2, (42, 62, 78)),
)


def blend(below: Floats, above: Floats | tuple[int, ...], share: Floats) -> Floats:
    """Lay one picture or colour over another, by a share from 0 to 1 for each pixel."""
    return below + (np.asarray(above) - below) * np.clip(share, 0, 1)[..., None]


def clouds(rng: np.random.Generator, rows: int, columns: int) -> Floats:
    """Make soft noise about 0 whose coarsest grains divide the picture into `rows` by `columns`."""
    noise = np.zeros((TALL, WIDE))
    for octave in range(4):
        grid = rng.normal(0, 1, (rows << octave, columns << octave)).astype(np.float32)
        noise += np.asarray(Image.fromarray(grid).resize((WIDE, TALL), Image.Resampling.BICUBIC)) / 2**octave
    return noise


def ridge(rng: np.random.Generator, cells: int, roughness: float) -> Floats:
    """Draw a mountain line from 0 to about 1, one value a column."""
    line = np.zeros(WIDE)
    for octave in range(7):
        points = rng.uniform(-1, 1, (cells << octave) + 1)
        line += np.interp(np.linspace(0, len(points) - 1, WIDE), range(len(points)), points) * roughness**octave
    return 0.5 + 0.3 * line


def sky(rng: np.random.Generator) -> Floats:
    """Paint an evening sky with a low sun and streaks of cloud."""
    stops = (0, 0.45, 0.8, 1)
    tones = np.array([(58, 96, 150), (136, 160, 192), (240, 196, 160), (252, 214, 158)])
    picture = np.stack([np.interp(ROWS / SHORE, stops, tone) for tone in tones.T], axis=-1)
    picture = blend(picture, (255, 226, 200), 0.75 * np.clip(clouds(rng, 14, 3) / 2.2 - 0.1, 0, 0.8))
    return blend(picture, (255, 232, 180), 0.9 * np.exp(-FROM_SUN / 200))


def land(picture: Floats, rng: np.random.Generator) -> Floats:
    """Set the hills one before the other, hazy at their feet, and firs along the shore."""
    for height, roughness, cells, colour in HILLS:
        top = SHORE - height * ridge(rng, cells, roughness) - 20
        picture = blend(picture, colour, ROWS - top)
        haze = 0.3 * (ROWS - top) / (SHORE - top) * (top < ROWS)
        picture = blend(picture, (236, 198, 176), haze)
    trunks = rng.uniform(0, WIDE, 240)
    tall = rng.uniform(14, 62, 240) * (0.35 + np.abs(trunks / WIDE - 0.55) * 1.5)
    spread = np.abs(np.arange(WIDE) - trunks[:, None])
    firs = np.max(tall[:, None] - spread * (3.0 + 1.6 * (spread % 5 < 2)), axis=0)
    return blend(picture, (24, 42, 46), ROWS - (SHORE - 8 - np.maximum(firs, 0)))


def lake(picture: Floats, rng: np.random.Generator) -> Floats:
    """Mirror what stands above the shore in water that grows rougher and darker towards us."""
    depth = np.clip(ROWS - SHORE, 0, None)
    ripple = clouds(rng, 130, 9)
    source = np.clip(SHORE - depth + ripple * (1 + depth / 40), 0, SHORE - 1).astype(int)
    water = picture[source, COLUMNS.astype(int)] * 0.92
    water = blend(water, (22, 54, 82), 0.12 + depth / 1100 + ripple * depth / 9000)
    glitter = np.exp(-(((COLUMNS - 800) / (40 + depth / 5)) ** 2)) * np.clip(1.2 * ripple - 0.2, 0, 1)
    water = blend(water, (255, 226, 170), 0.7 * glitter)
    return np.where((ROWS >= SHORE)[..., None], water, picture)


def boat() -> Image.Image:
    """Draw a small sailing boat, twice as large as it will be used."""
    sprite = Image.new("RGBA", (360, 460))
    draw = ImageDraw.Draw(sprite)
    draw.polygon([(184, 10), (184, 372), (330, 372)], fill=(250, 244, 230))
    draw.polygon([(172, 40), (172, 372), (60, 372)], fill=(226, 208, 190))
    draw.line((178, 4, 178, 410), fill=(70, 46, 34), width=7)
    draw.polygon([(20, 400), (344, 400), (300, 456), (72, 456)], fill=(138, 48, 38))
    return sprite.resize((180, 230), Image.Resampling.LANCZOS)


def make_photo(path: Path) -> None:
    """Compose the lake upright, add the grain of a sensor, and store it turned as a phone held upright does."""
    rng = np.random.default_rng(2026)
    scene = lake(land(sky(rng), rng), rng)
    scene = blend(scene, (255, 250, 228), (54 - FROM_SUN) / 9)  # last: its mirror image is the glitter
    picture = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))
    sprite = boat()
    mirror = ImageOps.flip(sprite)
    mirror.putalpha(mirror.getchannel("A").point(lambda alpha: alpha * 2 // 5).filter(ImageFilter.BoxBlur(3)))
    picture.paste(mirror, (290, 1226), mirror)
    picture.paste(sprite, (290, 1000), sprite)
    grain = np.asarray(picture) + rng.normal(0, 2.2, (TALL, WIDE, 1))
    upright = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "claude_kit"
    exif[ExifTags.Base.Model] = "make_samples.py"
    exif[ExifTags.Base.DateTime] = "2026:09:12 18:42:00"
    exif[ExifTags.Base.Orientation] = 6
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    stored.save(path, quality=68, optimize=True, progressive=True, exif=exif)


# --- screenshot.png ---------------------------------------------------------------------------------------------

STORY = """
# Parcel tracking failed
Resolved. On 14 October 2026, from 09:12 to 09:31 UTC, one tracking request in four failed. No parcel was lost
or delayed, and no address left our systems.

## What happened
A nightly job left 212 GB of export files on the disk of the queue server in Tromso. At 09:12 the disk was full
and the queue took no new scans. The web servers waited for it, ran out of connections and answered 503.

## What we did
At 09:31 the files were deleted, and by 09:40 the 48,300 scans that had been waiting were processed in order.

## What changes
The export job now writes to its own disk. The alarm for disk space rings at 80 percent instead of 95, and it
rings a person instead of filing a ticket.
"""
FAILURES = (0, 1, 0, 0, 6, 21, 25, 27, 26, 24, 25, 26, 12, 1, 0, 0, 1, 0)  # percent, in steps of 150 seconds
EVENTS = (
    "INFO  web-{web} GET /parcels/{parcel} 200 {quick} ms",
    "INFO  web-{web} POST /scans 202 {quick} ms",
    "WARN  web-{web} {busy} of 40 connections busy",
    "ERROR web-{web} GET /parcels/{parcel} 503 {slow} ms",
    "ERROR queue: no space left on /var/spool",
)
USUAL, OUTAGE = (0.6, 0.4, 0, 0, 0), (0.25, 0, 0.2, 0.3, 0.25)  # the odds of each event
BOUNDS = {"web": (1, 5), "parcel": (60000, 99999), "quick": (14, 90), "slow": (5000, 9000), "busy": (31, 41)}


def log_lines(count: int) -> Iterator[str]:
    """Yield the lines of an invented log that tells the same story."""
    rng = np.random.default_rng(1410)
    for second in range(6 * 60, 6 * 60 + 41 * count, 41):
        event = EVENTS[rng.choice(len(EVENTS), p=OUTAGE if 12 * 60 <= second < 31 * 60 else USUAL)]
        values = {name: rng.integers(*bound) for name, bound in BOUNDS.items()}
        yield f"09:{second // 60:02}:{second % 60:02} {event.format(**values)}"


def draw_story(draw: ImageDraw.ImageDraw, y: int) -> int:
    """Draw the text of the page and return where it ends."""
    for level, text in blocks(STORY):
        name, size, step = ((SANS, 32, 52), (SANS_BOLD, 56, 84), (SANS_BOLD, 38, 62))[level]
        y += (0, 0, 22)[level]
        for line in wrap(text, face(name, size), 960):
            draw.text((60, y), line, INK, face(name, size))
            y += step
        y += (18, 14, 0)[level]
    return y


def draw_failures(draw: ImageDraw.ImageDraw, y: int) -> int:
    """Draw the failures as bars and return where the chart ends."""
    draw.text((60, y), "Failed requests in percent", INK, face(SANS_BOLD, 30))
    floor = y + 370
    for number, share in enumerate(FAILURES):
        x = 60 + 54 * number
        draw.rectangle((x, floor - 10 * share - 3, x + 42, floor), TEAL if share < 10 else "#c0483c")
    draw.text((60, floor + 14), "09:00", SOFT, face(SANS, 24))
    draw.text((1020, floor + 14), "09:45", SOFT, face(SANS, 24), "ra")
    return floor + 90


def make_screenshot(path: Path) -> None:
    """Draw the status page of an invented parcel service with its log down to the last pixel."""
    picture = Image.new("RGB", (1080, 5400), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1080, 140), TEAL)
    draw.text((60, 70), "Otter Post", "white", face(SANS_BOLD, 46), "lm")
    draw.text((1020, 70), "status.otterpost.example", "white", face(SANS, 28), "rm")
    y = draw_failures(draw, draw_story(draw, 200))
    draw.rectangle((0, y, 1080, 5400), "#14202b")
    for number, line in enumerate(log_lines((5400 - y - 60) // 60)):
        colour = "#f08a80" if "ERROR" in line else "#b9c7d3"
        draw.text((60, y + 45 + 60 * number), line, colour, face(MONO, 26))
    picture.quantize(16, dither=Image.Dither.NONE).save(path, optimize=True)


MAKERS = {
    "report.pdf": make_report,
    "scan.pdf": make_scan,
    "photo.jpg": make_photo,
    "screenshot.png": make_screenshot,
}


def main(folder: Path) -> None:
    """Make every sample in a folder and say how large each came out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MAKERS.items():
        make(folder / name)
        print(f"{name}: {(folder / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
