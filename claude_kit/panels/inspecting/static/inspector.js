// The pages of a PDF, to look at and to choose from. The kernel reads and draws them; this file asks for the pictures
// of those that are about to be seen, and keeps what is selected.
//
// Messages to the kernel:
//   {k: "hello"}               the page is here: it is told what is known so far
//   {k: "need", pages}         draw these
//   {k: "view", page}          draw this one large
// Messages from the kernel:
//   {k: "facts", rows, all}    what was read of pages; `all`: nothing is left to be read
//   {k: "pictures", pages, troubles}, and a JPEG for each of `pages`
//   {k: "view", page, text}, and a JPEG; or {k: "view", page, trouble}
// All words come from a file or from the kernel, and are put in as text.

/**
 * @typedef {[page: number, layer: string, badges: string[], cost: string]} Row
 * @typedef {{level: string, rule: string, measured: string, fix: string, pages: number[]}} Finding
 * @typedef {{level: string, label: string, findings: Finding[]}} Verdict
 * @typedef {{name: string, facts: string, count: number, model: string}} About
 * @typedef {{root: HTMLElement, box: HTMLElement, under: HTMLElement, dot: HTMLElement}} Cell
 */

/** Scrolling past a page is not yet a wish to see it, ms. */
const LINGERING_MS = 70;

const EXACT = new Intl.NumberFormat("en-US");

/** @param {number} number @param {string} noun */
function plural(number, noun) {
  return `${EXACT.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** @param {string} words @param {Element} parent @param {string=} css @returns {HTMLButtonElement} */
function button(words, parent, css = "") {
  const made = make("button", `ck-button ${css}`.trim(), parent);
  made.type = "button";
  made.textContent = words;
  return made;
}

/** @param {string} words @param {string} level */
function label(words, level) {
  const made = make("span", `ck-tag${level ? ` ck-is-${level}` : ""}`);
  made.textContent = words;
  return made;
}

/** A finding in a line. @param {Finding} finding @param {Element=} parent */
function row(finding, parent) {
  const line = make("div", "ck-finding", parent);
  line.append(label(finding.level, finding.level));
  const words = make("span", "", line);
  words.textContent = `${finding.measured}. ${finding.fix}`;
  words.title = finding.rule;
  return line;
}

/** What the grid can be reduced to: a word for the menu, and whether a page belongs. @type {[string, string, (row: Row) => boolean][]} */
const FILTERS = [
  ["text", "with text", ([, layer]) => layer === "text"],
  ["image", "image only", ([, layer]) => layer === "image only"],
  ["blank", "blank", ([, layer]) => layer === "blank"],
  ["damaged", "damaged", ([, layer]) => layer === "damaged"],
  ["turned", "turned", ([, , badges]) => badges.some((badge) => badge.startsWith("turned "))],
  ["size", "of another size", ([, layer, badges]) => badges.some((badge) => badge !== layer && !badge.startsWith("turned "))],
];

/** @type {Mount} */
function inspector({ model, el }) {
  /** @type {About} */
  const about = model.get("about");
  const id = `ck-${Math.random().toString(36).slice(2)}`;
  const numbers = Array.from({ length: about.count }, (_, at) => at + 1);

  // ---- what it is made of ----
  const root = make("div", "ck ck-inspector", el);
  const head = make("div", "ck-head", root);
  const title = make("div", "ck-title", head);
  const name = make("bdi", "ck-name", title);
  name.textContent = about.name;
  const verdict = title.appendChild(label("", ""));
  make("div", "ck-facts", head).textContent = about.facts;
  const chosen = make("div", "ck-chosen ck-num", head);
  chosen.setAttribute("role", "status");
  const count = make("b", "", chosen);
  const cost = make("span", "", chosen);
  const findings = make("div", "ck-found", head);

  const bar = make("div", "ck-tools", root);
  const rangeLabel = make("label", "", bar);
  rangeLabel.append("Pages ");
  const range = make("input", "ck-range ck-num", rangeLabel);
  range.placeholder = "1-10, 12";
  range.setAttribute("aria-label", "Pages");
  range.spellcheck = false;
  range.autocomplete = "off";
  range.setAttribute("aria-describedby", `${id}-wrong`);
  const buttons = make("span", "ck-buttons", bar);
  const all = button("All", buttons);
  const none = button("None", buttons);
  const invert = button("Invert", buttons);
  const withText = button("Only with text", buttons);
  const showLabel = make("label", "", bar);
  showLabel.append("Show ");
  const show = make("select", "", showLabel);
  show.setAttribute("aria-label", "Show");
  const wrong = make("div", "ck-wrong", bar);
  wrong.id = `${id}-wrong`;
  wrong.setAttribute("role", "alert");

  const grid = make("div", "ck-grid", root);
  grid.setAttribute("role", "listbox");
  grid.setAttribute("aria-multiselectable", "true");
  grid.setAttribute("aria-label", "the pages");
  grid.setAttribute("aria-describedby", `${id}-hint`);
  const cells = numbers.map((page) => cell(page, `${id}-${page}`));
  grid.append(...cells.map((one) => one.root));
  const large = viewer(root, { turn, close: closeLarge, toggle: () => chosenPages.toggle(large.page()) });
  const foot = make("div", "ck-foot", root);
  const progress = make("span", "ck-num", foot);
  const hint = make("span", "", foot);
  hint.id = `${id}-hint`;
  hint.textContent = "Click, Shift+click, Ctrl+click · arrows, Space, Ctrl+A, Esc · Enter: large";

  // ---- what is known ----
  /** @type {Map<number, Row>} */
  const known = new Map();
  /** @type {Set<number>} */
  const sighted = new Set();
  let filter = "";
  let active = 1;
  let asking = 0;
  let complete = false;

  const chosenPages = selection((pages) => {
    model.set("pages", pages);
    model.save_changes();
    showSelection();
  });
  const pictures = gallery((page) => sighted.has(page), (page, url) => {
    const { box } = at(page);
    box.querySelector("img, .ck-trouble")?.remove();
    if (url === null) return;
    const image = make("img", "", box);
    image.alt = "";
    image.src = url;
  });

  /** @param {number} page @returns {Cell} */
  function at(page) {
    return cells[page - 1];
  }
  function shownPages() {
    return numbers.filter((page) => !at(page).root.hidden);
  }
  /** @returns {Verdict} */
  function judged() {
    return model.get("verdict");
  }
  /** @param {number} page */
  function findingsOf(page) {
    return judged().findings.filter((finding) => finding.pages.includes(page));
  }

  // ---- showing ----
  function showSelection() {
    const pages = chosenPages.list();
    for (const page of numbers) at(page).root.setAttribute("aria-selected", String(chosenPages.has(page)));
    count.textContent = `${pages.length ? EXACT.format(pages.length) : "none"} of ${plural(about.count, "page")} selected`;
    if (document.activeElement !== range) range.value = written(pages);
    complain("");
    if (filter === "selected") applyFilter();
    showFigures();
    showLarge();
  }

  function showFigures() {
    const figures = model.get("figures");
    const pages = chosenPages.list();
    cost.textContent = `${pages.length ? ": " : ", all together "}${figures.cost} for ${about.model}`;
    cost.classList.toggle("ck-stale", figures.of !== written(pages));
  }

  function showVerdict() {
    const { level, label: word, findings: found } = judged();
    verdict.className = `ck-tag${level ? ` ck-is-${level}` : ""}`;
    verdict.textContent = word;
    const loud = found.filter((finding) => finding.level !== "note");
    const quiet = found.filter((finding) => finding.level === "note");
    const open = findings.querySelector("details")?.open ?? false;
    findings.replaceChildren();
    const notes = make("details", "");
    notes.open = open;
    make("summary", "", notes).textContent = plural(quiet.length, "note");
    for (const finding of found) {
      const line = row(finding, loud.includes(finding) ? findings : notes);
      if (!finding.pages.length || finding.pages.length === about.count) continue;
      const see = button(`Show ${plural(finding.pages.length, "page")}`, line, "ck-quiet");
      see.addEventListener("click", () => setFilter(`rule:${finding.rule}`));
    }
    if (quiet.length) findings.append(notes);
    for (const page of numbers) {
      const here = loud.filter((finding) => finding.pages.includes(page));
      const { dot } = at(page);
      dot.hidden = !here.length;
      dot.className = `ck-dot ck-is-${here[0]?.level ?? "note"}`;
      dot.title = here.map((finding) => finding.measured).join("; ");
    }
    showFilters();
    showLarge();
  }

  /** @param {Row} facts */
  function showFacts([page, layer, badges, spent]) {
    const { root: option, under } = at(page);
    const words = badges.map((badge) => label(badge, badge === "damaged" ? "error" : ""));
    const price = make("div", "ck-cost ck-num");
    price.textContent = spent;
    under.replaceChildren(price, ...words);
    option.setAttribute("aria-label", [`page ${page}`, layer, ...badges.filter((badge) => badge !== layer), spent].join(", "));
  }

  function showProgress() {
    progress.textContent = complete ? "" : `${EXACT.format(known.size)} of ${plural(about.count, "page")} read`;
    progress.hidden = complete;
  }

  // ---- reducing the grid ----
  /** @returns {[string, string, number[]][]} */
  function filters() {
    const rows = [...known.values()];
    const byPage = FILTERS.map(([key, word, belongs]) => /** @type {[string, string, number[]]} */ (
      [key, word, rows.filter(belongs).map(([page]) => page)]));
    const byRule = judged().findings.filter((finding) => finding.pages.length)
      .map((finding) => /** @type {[string, string, number[]]} */ ([`rule:${finding.rule}`, finding.rule, finding.pages]));
    return [["", "all pages", numbers], ["selected", "selected", chosenPages.list()], ...byPage, ...byRule];
  }

  function showFilters() {
    const options = filters().filter(([key, , pages]) => pages.length || key === filter || key === "selected");
    const said = options.map(([key, word, pages]) =>
      [key, key === "" || key === "selected" ? word : `${word} (${EXACT.format(pages.length)})`]);
    if (show.dataset.said === JSON.stringify(said)) return;
    show.dataset.said = JSON.stringify(said);
    show.replaceChildren(...said.map(([value, textContent]) => Object.assign(document.createElement("option"), { value, textContent })));
    show.value = filter;
  }

  /** @param {string} key */
  function setFilter(key) {
    filter = key;
    showFilters();
    show.value = key;
    applyFilter();
    closeLarge();
  }

  function applyFilter() {
    const belonging = new Set(filters().find(([key]) => key === filter)?.[2] ?? []);
    for (const page of numbers) at(page).root.hidden = !belonging.has(page);
    const first = shownPages()[0];
    if (first !== undefined && at(active).root.hidden) activate(first, false);
  }

  // ---- asking for pictures ----
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const page = Number(/** @type {HTMLElement} */ (target).dataset.page);
      if (isIntersecting) sighted.add(page);
      else sighted.delete(page);
    }
    clearTimeout(asking);
    asking = setTimeout(ask, LINGERING_MS);
  }, { root: grid, rootMargin: "160px 0px" });
  cells.forEach((one) => observer.observe(one.root));

  function ask() {
    const pages = [...sighted].filter((page) => !pictures.has(page)).sort((a, b) => a - b);
    if (pages.length) model.send({ k: "need", pages });
  }

  // ---- one page large ----
  /** @param {number} page */
  function openLarge(page) {
    activate(page, false);
    grid.hidden = true;
    large.open(page);
    showLarge();
    model.send({ k: "view", page });
  }
  function showLarge() {
    const page = large.page();
    if (!page) return;
    const facts = known.get(page);
    large.tell({
      selected: chosenPages.has(page),
      facts: facts ? [...facts[2], facts[3]].join(" · ") : "",
      findings: findingsOf(page),
      count: about.count,
    });
  }
  /** @param {number} by */
  function turn(by) {
    const page = large.page() + by;
    if (page >= 1 && page <= about.count) openLarge(page);
  }
  function closeLarge() {
    if (!large.page()) return;
    large.close();
    grid.hidden = false;
    activate(active, true);
  }

  // ---- by hand ----
  /** @param {number} page @param {boolean} focus */
  function activate(page, focus) {
    at(active).root.tabIndex = -1;
    active = page;
    at(active).root.tabIndex = 0;
    if (focus) at(active).root.focus();
  }

  grid.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    const option = /** @type {HTMLElement | null} */ (target.closest(".ck-page"));
    if (!option) return;
    const page = Number(option.dataset.page);
    const before = active;
    activate(page, true);
    if (target.closest(".ck-loupe")) openLarge(page);
    else if (event.shiftKey) chosenPages.extend(page, shownPages(), before);
    else if (event.ctrlKey || event.metaKey || target.closest(".ck-check")) chosenPages.toggle(page);
    else chosenPages.only(page);
  });
  grid.addEventListener("dblclick", () => openLarge(active));
  grid.addEventListener("mousedown", (/** @type {MouseEvent} */ event) => {
    if (event.shiftKey) event.preventDefault(); // or the words in between would be marked
  });

  /** How far each key goes, in pages that are shown. @param {string} key @param {number[]} shown */
  function step(key, shown) {
    const tops = shown.map((page) => at(page).root.offsetTop);
    const columns = Math.max(1, tops.filter((top) => top === tops[0]).length);
    const rows = Math.max(1, Math.floor(grid.clientHeight / Math.max(1, at(active).root.offsetHeight)));
    return {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns,
      PageUp: -columns * rows, PageDown: columns * rows, Home: -shown.length, End: shown.length,
    }[key];
  }

  grid.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const shown = shownPages();
    const by = step(event.key, shown);
    if (by !== undefined) move(by, shown, event.shiftKey);
    else if (event.key === " ") chosenPages.toggle(active);
    else if (event.key === "Enter") openLarge(active);
    else if (event.key === "Escape") chosenPages.set([]);
    else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) chosenPages.set(shown);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** @param {number} by @param {number[]} shown @param {boolean} extending */
  function move(by, shown, extending) {
    const here = shown.indexOf(active);
    const there = here + by;
    const far = Math.abs(by) === shown.length || there >= 0 && there < shown.length;
    const page = far ? shown[Math.min(Math.max(there, 0), shown.length - 1)] : active;
    const before = active;
    if (!extending) chosenPages.letGo();
    activate(page, true);
    if (extending) chosenPages.extend(page, shown, before);
  }

  /** @param {string} words */
  function complain(words) {
    wrong.textContent = words;
    range.setAttribute("aria-invalid", String(words !== ""));
  }
  function take() {
    try {
      chosenPages.letGo();
      chosenPages.set(range.value.trim() ? read(range.value, about.count) : []);
      range.value = written(chosenPages.list());
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  }
  range.addEventListener("change", take);
  range.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter") return;
    event.stopPropagation();
    take();
  });
  all.addEventListener("click", () => chosenPages.set(shownPages()));
  none.addEventListener("click", () => chosenPages.set([]));
  invert.addEventListener("click", () => chosenPages.set(shownPages().filter((page) => !chosenPages.has(page))));
  withText.addEventListener("click", () =>
    chosenPages.set(shownPages().filter((page) => known.get(page)?.[1] === "text")));
  show.addEventListener("change", () => setFilter(show.value));

  // ---- what the kernel says ----
  /** @param {any} message @param {DataView[]} buffers */
  function receive(message, buffers) {
    if (message.k === "facts") {
      for (const facts of message.rows) {
        known.set(facts[0], facts);
        showFacts(facts);
      }
      complete = message.all;
      showProgress();
      showFilters();
      if (filter && filter !== "selected") applyFilter();
      showLarge();
    } else if (message.k === "pictures") {
      message.pages.forEach((/** @type {number} */ page, /** @type {number} */ place) =>
        pictures.add(page, /** @type {BlobPart} */ (buffers[place])));
      for (const [page, trouble] of Object.entries(message.troubles)) {
        const { box } = at(Number(page));
        box.querySelector(".ck-trouble")?.remove();
        make("div", "ck-trouble", box).textContent = String(trouble);
      }
    } else if (message.k === "view") {
      large.receive(message, /** @type {BlobPart | undefined} */ (buffers[0]));
    }
  }
  function followed() {
    chosenPages.follow(model.get("pages"));
    showSelection();
  }

  model.on("msg:custom", receive);
  model.on("change:pages", followed);
  model.on("change:figures", showFigures);
  model.on("change:verdict", showVerdict);
  showVerdict();
  followed();
  showProgress();
  activate(chosenPages.list()[0] ?? 1, false);
  model.send({ k: "hello" });
  return () => {
    observer.disconnect();
    clearTimeout(asking);
    pictures.end();
    large.end();
    model.off("msg:custom", receive);
    model.off("change:pages", followed);
    model.off("change:figures", showFigures);
    model.off("change:verdict", showVerdict);
  };
}

export default island(inspector);
