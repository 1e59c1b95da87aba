// Which pages the grid shows: all of them, or those of a kind.

/** A word for the menu, and whether a page belongs. @type {[string, string, (row: Row) => boolean][]} */
const KINDS_OF_PAGES = [
  ["text", "with text", ([, layer]) => layer === "text"],
  ["image", "image only", ([, layer]) => layer === "image only"],
  ["blank", "blank", ([, layer]) => layer === "blank"],
  ["damaged", "damaged", ([, layer]) => layer === "damaged"],
  ["turned", "turned", ([, , badges]) => badges.some((badge) => badge.startsWith("turned "))],
  ["size", "of another size", ([, layer, badges]) => badges.some((badge) => badge !== layer && !badge.startsWith("turned "))],
];

/**
 * @typedef {{numbers: number[], chosen: Selection, known: Map<number, Row>, found: () => Finding[]}} Document
 */

/** @param {Element} parent @param {Document} document_ @param {() => void} changed */
function filterMenu(parent, { numbers, chosen, known, found }, changed) {
  const words = make("label", "", parent);
  words.append("Show ");
  const menu = make("select", "", words);
  menu.setAttribute("aria-label", "Show");
  let filter = "";

  /** @returns {[key: string, word: string, pages: number[]][]} */
  function filters() {
    const rows = [...known.values()];
    const byKind = KINDS_OF_PAGES.map(([key, word, belongs]) => /** @type {[string, string, number[]]} */ (
      [key, word, rows.filter(belongs).map(([page]) => page)]));
    const byRule = found().filter((finding) => finding.pages.length)
      .map((finding) => /** @type {[string, string, number[]]} */ ([`rule:${finding.rule}`, finding.rule, finding.pages]));
    return [["", "all pages", numbers], ["selected", "selected", chosen.list()], ...byKind, ...byRule];
  }

  function refresh() {
    const options = filters().filter(([key, , pages]) => pages.length || key === filter || key === "selected");
    const said = options.map(([key, word, pages]) =>
      [key, key === "" || key === "selected" ? word : `${word} (${EXACT.format(pages.length)})`]);
    if (menu.dataset.said === JSON.stringify(said)) return;
    menu.dataset.said = JSON.stringify(said);
    menu.replaceChildren(...said.map(([value, textContent]) => Object.assign(document.createElement("option"), { value, textContent })));
    menu.value = filter;
  }

  /** @param {string} key */
  function set(key) {
    filter = key;
    refresh();
    menu.value = key;
    changed();
  }
  menu.addEventListener("change", () => set(menu.value));
  return {
    refresh,
    set,
    focus: () => menu.focus({ preventScroll: true }),
    now: () => filter,
    /** The pages that it lets through. @returns {Set<number>} */
    pages: () => new Set(filters().find(([key]) => key === filter)?.[2] ?? []),
  };
}
