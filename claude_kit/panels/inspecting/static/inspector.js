// The pages of a PDF, to look at and to choose from. The kernel reads and draws them; the page asks for the pictures
// of those that are about to be seen, and keeps what is selected. This file puts the pieces together.
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
 * @typedef {{name: string, facts: string, count: number, model: string}} About
 */

/** What it is and what is selected, above the tools. @param {Element} parent @param {About} about */
function header(parent, about) {
  const root = make("div", "ck-head", parent);
  const title = make("div", "ck-title", root);
  make("bdi", "ck-name", title).textContent = about.name;
  const verdict = title.appendChild(label("", ""));
  make("div", "ck-facts", root).textContent = about.facts;
  const chosen = make("div", "ck-chosen ck-num", root);
  chosen.setAttribute("role", "status");
  const count = make("b", "", chosen);
  const cost = make("span", "", chosen);
  return {
    root,
    /** @param {Verdict} judged */
    judge({ level, label: word }) {
      verdict.className = `ck-tag${level ? ` ck-is-${level}` : ""}`;
      verdict.textContent = word;
    },
    /** @param {number[]} pages @param {{of: string, cost: string}} figures of the pages `of` */
    price(pages, figures) {
      count.textContent = `${pages.length ? EXACT.format(pages.length) : "none"} of ${plural(about.count, "page")} selected`;
      cost.textContent = `${pages.length ? ": " : ", all together "}${figures.cost} for ${about.model}`;
      cost.classList.toggle("ck-stale", figures.of !== written(pages));
    },
  };
}

/** A field for a range; what is no range is told below it. @param {Element} parent @param {string} id @param {Selection} chosen @param {number} count */
function rangeField(parent, id, chosen, count) {
  const words = make("label", "", parent);
  words.append("Pages ");
  const field = make("input", "ck-range ck-num", words);
  Object.assign(field, { placeholder: "1-10, 12", spellcheck: false, autocomplete: "off" });
  field.setAttribute("aria-label", "Pages");
  field.setAttribute("aria-describedby", `${id}-wrong`);
  const wrong = make("div", "ck-wrong");
  wrong.id = `${id}-wrong`;
  wrong.setAttribute("role", "alert");

  /** @param {string} trouble */
  function complain(trouble) {
    wrong.textContent = trouble;
    field.setAttribute("aria-invalid", String(trouble !== ""));
  }
  function take() {
    try {
      chosen.letGo();
      chosen.set(field.value.trim() ? read(field.value, count) : []);
      field.value = written(chosen.list());
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  }
  field.addEventListener("change", take);
  field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter") return;
    event.stopPropagation();
    take();
  });
  return {
    wrong,
    show() {
      if (focusHolder() !== field) field.value = written(chosen.list());
      complain("");
    },
  };
}

/** @type {Mount} */
function inspector({ model, el }) {
  /** @type {About} */
  const about = model.get("about");
  const id = `ck-${Math.random().toString(36).slice(2)}`;
  const numbers = Array.from({ length: about.count }, (_, at) => at + 1);
  /** @type {Map<number, Row>} */
  const known = new Map();
  let complete = false;
  /** @type {number[]} */
  let toLookAt = [];

  const chosen = selection((pages) => {
    model.set("pages", pages);
    model.save_changes();
    showSelection();
  });
  const found = () => /** @type {Verdict} */ (model.get("verdict")).findings;

  // ---- what it is made of ----
  const root = make("div", "ck ck-inspector", el);
  const head = header(root, about);
  const findings = findingsList(head.root, about.count, (finding) => filter.set(`rule:${finding.rule}`));

  const bar = make("div", "ck-tools", root);
  const range = rangeField(bar, id, chosen, about.count);
  const buttons = make("span", "ck-buttons", bar);
  /** @param {string} words @param {() => number[]} pages */
  const choosing = (words, pages) => button(words, "ck-button", buttons).addEventListener("click", () => chosen.set(pages()));
  choosing("All", () => grid.shown());
  choosing("None", () => []);
  choosing("Invert", () => grid.shown().filter((page) => !chosen.has(page)));
  choosing("Only with text", () => grid.shown().filter((page) => known.get(page)?.[1] === "text"));
  const filter = filterMenu(bar, { numbers, chosen, known, found }, () => {
    reduce();
    closeLarge();
  });
  const next = button("Next finding", "ck-button", bar);
  next.title = "N; the one before: Shift+N";
  next.addEventListener("click", (/** @type {MouseEvent} */ event) => goToNext(event.shiftKey ? -1 : 1));
  bar.append(range.wrong);

  const grid = pageGrid(root, numbers, id, chosen, { open: openLarge, next: goToNext });
  const large = viewer(root, { turn, next: goToNext, close: closeLarge, toggle: () => chosen.toggle(large.page()) });
  const foot = make("div", "ck-foot", root);
  const progress = make("span", "ck-num", foot);
  const hint = make("span", "", foot);
  hint.id = `${id}-hint`;
  hint.append("Click or drag, Shift+click, Ctrl+click · arrows, Space, Ctrl+A, Esc · Enter: large");
  const hintOfNext = make("span", "", hint);
  hintOfNext.textContent = " · N: next finding";

  const sighted = sights(grid, (pages) => {
    const missing = pages.filter((page) => !pictures.has(page));
    if (missing.length) model.send({ k: "need", pages: missing });
  });
  const pictures = gallery((page) => sighted.has(page), (page, url) => {
    const { box } = grid.at(page);
    box.querySelector("img, .ck-trouble")?.remove();
    if (url === null) return;
    const image = make("img", "", box);
    image.alt = "";
    image.src = url;
  });

  // ---- showing ----
  function reduce() {
    const isHeld = grid.root.contains(focusHolder());
    grid.reduce(filter.pages());
    if (isHeld && !grid.shown().length) filter.focus(); // where there is no page, other pages are chosen
  }
  function showSelection() {
    for (const page of numbers) grid.at(page).root.setAttribute("aria-selected", String(chosen.has(page)));
    range.show();
    filter.refresh();
    if (filter.now() === "selected") reduce();
    showFigures();
    showLarge();
  }
  function showFigures() {
    head.price(chosen.list(), model.get("figures"));
  }
  function showVerdict() {
    head.judge(model.get("verdict"));
    findings(found());
    toLookAt = pagesToLookAt(found(), about.count);
    next.hidden = hintOfNext.hidden = !toLookAt.length;
    next.textContent = `Next finding (${plural(toLookAt.length, "page")})`;
    for (const page of numbers) showDot(page);
    filter.refresh();
    showLarge();
  }
  /** @param {number} page */
  function showDot(page) {
    const here = found().filter((finding) => isLoud(finding) && finding.pages.includes(page));
    const { dot } = grid.at(page);
    dot.hidden = !here.length;
    dot.dataset.level = here[0]?.level ?? "";
    dot.title = here.map((finding) => finding.measured).join("; ");
  }
  /** @param {Row} facts */
  function showFacts([page, layer, badges, spent]) {
    const { root: option, under } = grid.at(page);
    const price = make("div", "ck-cost ck-num");
    price.textContent = spent;
    under.replaceChildren(price, ...badges.map((badge) => label(badge, badge === "damaged" ? "error" : "")));
    option.setAttribute("aria-label", [`page ${page}`, layer, ...badges.filter((badge) => badge !== layer), spent].join(", "));
  }
  function showProgress() {
    progress.textContent = complete ? "" : `${EXACT.format(known.size)} of ${plural(about.count, "page")} read`;
    progress.hidden = complete;
  }

  // ---- going from page to page ----
  /** @param {number} page */
  function openLarge(page) {
    grid.activate(page, false);
    grid.root.hidden = true;
    large.open(page);
    showLarge();
    model.send({ k: "view", page });
  }
  function showLarge() {
    const page = large.page();
    if (!page) return;
    const facts = known.get(page);
    const pages = grid.shown();
    large.tell({
      selected: chosen.has(page),
      facts: facts ? [...facts[2], facts[3]].join(" · ") : "",
      findings: found().filter((finding) => finding.pages.includes(page)),
      first: page <= pages[0],
      last: page >= pages[pages.length - 1],
      others: toLookAt.length > 0,
    });
  }
  function closeLarge() {
    if (!large.page()) return;
    large.close();
    grid.root.hidden = false;
    if (grid.shown().length) grid.activate(grid.active(), true);
    else filter.focus();
  }
  /** @param {number} by */
  function turn(by) {
    const pages = grid.shown();
    const page = pages[pages.indexOf(large.page()) + by];
    if (page) openLarge(page);
  }
  /** To the next page that something was found on, or the one before; round, once it is at the last. @param {number} by */
  function goToNext(by) {
    const shown = new Set(grid.shown());
    if (!toLookAt.some((page) => shown.has(page))) filter.set("");
    const there = toLookAt.filter((page) => !grid.at(page).root.hidden);
    const here = grid.active();
    const page = by > 0 ? there.find((one) => one > here) ?? there[0] : there.filter((one) => one < here).at(-1) ?? there.at(-1);
    if (page === undefined) return;
    chosen.letGo();
    if (large.page()) openLarge(page);
    else grid.activate(page, true);
  }

  // ---- what the kernel says ----
  /** @param {any} message @param {DataView[]} buffers */
  function receive(message, buffers) {
    if (message.k === "facts") takeFacts(message);
    else if (message.k === "pictures") takePictures(message, buffers);
    else if (message.k === "view") large.receive(message, /** @type {BlobPart | undefined} */ (buffers[0]));
  }
  /** @param {{rows: Row[], all: boolean}} news */
  function takeFacts({ rows, all }) {
    for (const facts of rows) {
      known.set(facts[0], facts);
      showFacts(facts);
    }
    complete = all;
    showProgress();
    filter.refresh();
    if (filter.now() && filter.now() !== "selected") reduce();
    showLarge();
  }
  /** @param {{pages: number[], troubles: Record<string, string>}} drawn @param {DataView[]} buffers */
  function takePictures({ pages, troubles }, buffers) {
    pages.forEach((page, place) => pictures.add(page, /** @type {BlobPart} */ (buffers[place])));
    for (const [page, trouble] of Object.entries(troubles)) {
      const { box } = grid.at(Number(page));
      box.querySelector(".ck-trouble")?.remove();
      make("div", "ck-trouble", box).textContent = trouble;
    }
  }
  function followed() {
    chosen.follow(model.get("pages"));
    showSelection();
  }

  /** @type {[string, (...args: any[]) => void][]} */
  const heard = [
    ["msg:custom", receive],
    ["change:pages", followed],
    ["change:figures", showFigures],
    ["change:verdict", showVerdict],
  ];
  for (const [event, handler] of heard) model.on(event, handler);
  showVerdict();
  followed();
  showProgress();
  grid.activate(chosen.list()[0] ?? 1, false);
  model.send({ k: "hello" });
  return () => {
    for (const [event, handler] of heard) model.off(event, handler);
    sighted.end();
    pictures.end();
    large.end();
    grid.end();
  };
}

export default island(inspector);
