// Pictures of pages: those that are kept, a page of the grid, and one page large.

/** Pictures kept, some 5 KB each; those that are out of sight go first. */
const MOST_PICTURES = 240;

/** Pictures by page, within a budget. @param {(page: number) => boolean} inSight @param {(page: number, url: string | null) => void} put */
function gallery(inSight, put) {
  /** @type {Map<number, string>} */
  const urls = new Map();

  /** @param {number} page */
  function release(page) {
    URL.revokeObjectURL(urls.get(page) ?? "");
    urls.delete(page);
    put(page, null);
  }
  return {
    /** @param {number} page */
    has: (page) => urls.has(page),
    /** @param {number} page @param {BlobPart} data */
    add(page, data) {
      if (urls.has(page)) return;
      urls.set(page, URL.createObjectURL(new Blob([data], { type: "image/jpeg" })));
      put(page, urls.get(page) ?? null);
      if (urls.size <= MOST_PICTURES) return;
      const hidden = [...urls.keys()].find((other) => !inSight(other));
      if (hidden !== undefined) release(hidden);
    },
    end() { urls.forEach((url) => URL.revokeObjectURL(url)); },
  };
}

/** One page of the grid. @param {number} page @param {string} id @returns {Cell} */
function cell(page, id) {
  const root = make("div", "ck-page");
  root.id = id;
  root.dataset.page = String(page);
  root.tabIndex = -1;
  root.setAttribute("role", "option");
  root.setAttribute("aria-label", `page ${page}`);
  root.setAttribute("aria-selected", "false");
  const box = make("div", "ck-box", root);
  make("span", "ck-check", box).title = "Select it too, or no longer";
  const loupe = make("span", "ck-loupe", box);
  loupe.title = "Show it large (Enter)";
  const line = make("div", "ck-page-number", root);
  const dot = make("span", "ck-dot", line);
  dot.hidden = true;
  make("b", "", line).textContent = EXACT.format(page);
  const under = make("div", "ck-under", root);
  return { root, box, under, dot };
}

/** One page large, in the place of the grid. @param {Element} parent @param {{turn: (by: number) => void, close: () => void, toggle: () => void}} on */
function viewer(parent, on) {
  const root = make("section", "ck-viewer", parent);
  root.hidden = true;
  const bar = make("div", "ck-tools", root);
  const back = button("Back to the pages", bar);
  const before = button("‹", bar);
  const after = button("›", bar);
  before.setAttribute("aria-label", "page before");
  after.setAttribute("aria-label", "page after");
  const name = make("b", "ck-num", bar);
  name.setAttribute("aria-live", "polite");
  const choose = make("label", "ck-choose", bar);
  const check = make("input", "", choose);
  check.type = "checkbox";
  choose.append(" selected");
  const facts = make("div", "ck-facts", root);
  const found = make("div", "ck-found", root);
  const picture = make("div", "ck-large", root);
  const details = make("details", "ck-text", root);
  make("summary", "", details);
  const text = make("pre", "", details);
  let url = "";
  let shown = 0;

  back.addEventListener("click", on.close);
  before.addEventListener("click", () => on.turn(-1));
  after.addEventListener("click", () => on.turn(1));
  check.addEventListener("change", on.toggle);
  root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const turns = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key === "Escape") on.close();
    else if (event.key in turns) on.turn(turns[/** @type {"ArrowLeft"} */ (event.key)]);
    else return;
    event.preventDefault();
  });

  function empty() {
    URL.revokeObjectURL(url);
    url = "";
    picture.replaceChildren();
    text.textContent = "";
  }
  return {
    page: () => shown,
    /** @param {number} page */
    open(page) {
      empty();
      shown = page;
      root.hidden = false;
      root.setAttribute("aria-label", `page ${page}`);
      name.textContent = `page ${EXACT.format(page)}`;
      picture.textContent = "drawing …";
      details.hidden = true;
      if (!root.contains(document.activeElement)) back.focus({ preventScroll: true });
      root.scrollIntoView({ block: "nearest" });
    },
    close() {
      empty();
      shown = 0;
      root.hidden = true;
    },
    /** @param {{selected: boolean, facts: string, findings: Finding[], count: number}} known */
    tell(known) {
      check.checked = known.selected;
      facts.textContent = known.facts;
      found.replaceChildren(...known.findings.map((finding) => row(finding)));
      before.disabled = shown <= 1;
      after.disabled = shown >= known.count;
    },
    /** @param {{page: number, text?: string, trouble?: string}} message @param {BlobPart=} data */
    receive(message, data) {
      if (message.page !== shown) return;
      empty();
      if (!data) {
        picture.textContent = message.trouble ?? "";
        return;
      }
      url = URL.createObjectURL(new Blob([data], { type: "image/jpeg" }));
      const image = make("img", "", picture);
      image.alt = `page ${shown}`;
      image.src = url;
      const words = message.text ?? "";
      details.hidden = false;
      details.firstElementChild.textContent = words.trim()
        ? `Its text, as it is billed: ${plural([...words].length, "character")}` : "It has no text";
      text.textContent = words;
    },
    end: empty,
  };
}
