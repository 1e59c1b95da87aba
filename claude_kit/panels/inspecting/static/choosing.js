// Pages, written as a range and selected.

/** @typedef {ReturnType<typeof selection>} Selection */

const EXACT = new Intl.NumberFormat("en-US");

/** @param {number} number @param {string} noun */
function plural(number, noun) {
  return `${EXACT.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Writes rising page numbers as a range. @param {number[]} pages */
function written(pages) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && page === last[1] + 1) last[1] = page;
    else runs.push([page, page]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

/** Reads a range such as "1-10, 12, 15-"; throws what is wrong with it. @param {string} range @param {number} count */
function read(range, count) {
  /** @type {Set<number>} */
  const pages = new Set();
  for (const piece of range.split(",").map((part) => part.trim())) {
    const match = /^(?:(\d{1,9})|(\d{1,9})?\s*-\s*(\d{1,9})?)$/.exec(piece);
    if (!match || piece === "-") throw new Error(`“${piece}” is no page range. Write it like 1-10, 12, 15-`);
    const first = Number(match[1] ?? match[2] ?? 1);
    const last = Number(match[1] ?? match[3] ?? count);
    if (!(first >= 1 && first <= last && last <= count)) {
      throw new Error(`no pages “${piece}”: it has ${count === 1 ? "only page 1" : `pages 1 to ${EXACT.format(count)}`}`);
    }
    for (let page = first; page <= last; page += 1) pages.add(page);
  }
  return [...pages];
}

/** The pages that are selected, and how each way to select changes them. @param {(pages: number[]) => void} changed */
function selection(changed) {
  /** @type {Set<number>} */
  let chosen = new Set();
  /** From where Shift extends, and what was selected besides. @type {{from: number, besides: Set<number>} | null} */
  let anchor = null;

  /** @param {Iterable<number>} pages */
  function set(pages) {
    chosen = new Set(pages);
    changed(list());
  }
  function list() {
    return [...chosen].sort((a, b) => a - b);
  }
  return {
    list,
    set,
    /** @param {number} page */
    has: (page) => chosen.has(page),
    /** What the model holds, which it need not be told; it tells of changes made here too. @param {number[]} pages */
    follow(pages) {
      if (written(pages) === written(list())) return;
      chosen = new Set(pages);
      anchor = null;
    },
    /** @param {number} page */
    only(page) {
      anchor = { from: page, besides: new Set() };
      set([page]);
    },
    /** @param {number} page */
    toggle(page) {
      const next = new Set(chosen);
      if (!next.delete(page)) next.add(page);
      anchor = { from: page, besides: next };
      set(next);
    },
    /** @param {number} page @param {number[]} shown @param {number} start where there is no anchor yet */
    extend(page, shown, start) {
      anchor ??= { from: start, besides: chosen };
      const [first, last] = [anchor.from, page].sort((a, b) => a - b);
      set([...anchor.besides, ...shown.filter((other) => other >= first && other <= last)]);
    },
    /** From here on `extend` selects all up to a page; with `more` beside what is selected. @param {number} page @param {boolean} more */
    hold(page, more) { anchor = { from: page, besides: more ? chosen : new Set() }; },
    letGo() { anchor = null; },
  };
}
