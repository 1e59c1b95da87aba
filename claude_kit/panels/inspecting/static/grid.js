// The grid of the pages, and what a hand does in it: click, drag, keys.

/**
 * @typedef {{root: HTMLElement, box: HTMLElement, under: HTMLElement, dot: HTMLElement}} Cell
 * @typedef {{open: (page: number) => void, next: (by: number) => void}} Hand opens a page large; goes to one with a finding
 * @typedef {ReturnType<typeof pageGrid>} Grid
 */

/** Where a drag scrolls the grid, and how far in a frame, CSS pixels. */
const EDGE = 30;
const ROLLED = 14;

/** One page. @param {number} page @param {string} id @returns {Cell} */
function cell(page, id) {
  const root = make("div", "ck-cell");
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
  const number = make("div", "ck-page-number", root);
  const dot = make("span", "ck-dot", number);
  dot.hidden = true;
  make("b", "", number).textContent = EXACT.format(page);
  const under = make("div", "ck-under", root);
  return { root, box, under, dot };
}

/** @param {Element} parent @param {number[]} numbers @param {string} id @param {Selection} chosen @param {Hand} hand */
function pageGrid(parent, numbers, id, chosen, hand) {
  const root = make("div", "ck-grid", parent);
  root.setAttribute("role", "listbox");
  root.setAttribute("aria-multiselectable", "true");
  root.setAttribute("aria-label", "the pages");
  root.setAttribute("aria-describedby", `${id}-hint`);
  const cells = numbers.map((page) => cell(page, `${id}-${page}`));
  root.append(...cells.map((one) => one.root));
  let active = 1;

  /** @param {number} page @returns {Cell} */
  function at(page) {
    return cells[page - 1];
  }
  function shown() {
    return numbers.filter((page) => !at(page).root.hidden);
  }
  /** @param {number} page @param {boolean} focus @param {boolean=} still */
  function activate(page, focus, still = false) {
    at(active).root.tabIndex = -1;
    active = page;
    at(active).root.tabIndex = 0;
    if (focus) at(active).root.focus({ preventScroll: still });
  }
  /** @param {EventTarget | null} target @returns {number} 0 where no page is */
  function pageOf(target) {
    const one = target instanceof Element && root.contains(target) ? target.closest(".ck-cell") : null;
    return one instanceof HTMLElement ? Number(one.dataset.page) : 0;
  }

  root.addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
    if (pageOf(event.target)) activate(pageOf(event.target), false);
  });
  root.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    const page = pageOf(target);
    if (!page) return;
    const before = active;
    activate(page, true);
    if (target.closest(".ck-loupe")) hand.open(page);
    else if (event.shiftKey) chosen.extend(page, shown(), before);
    else if (event.ctrlKey || event.metaKey || target.closest(".ck-check")) chosen.toggle(page);
    else chosen.only(page);
  });
  root.addEventListener("dblclick", (/** @type {MouseEvent} */ event) => { if (pageOf(event.target)) hand.open(active); });
  root.addEventListener("mousedown", (/** @type {MouseEvent} */ event) => {
    if (event.shiftKey) event.preventDefault(); // or the words in between would be marked
  });
  const drag = dragging(root, pageOf, chosen.hold, (page) => {
    activate(page, true, true);
    chosen.extend(page, shown(), page);
  });

  /** How far each key goes, in pages that are shown. @param {string} key @param {number[]} pages */
  function step(key, pages) {
    const top = pages.length ? at(pages[0]).root.offsetTop : 0;
    const below = pages.findIndex((page) => at(page).root.offsetTop > top);
    const columns = below < 0 ? Math.max(1, pages.length) : below;
    const rows = Math.max(1, Math.floor(root.clientHeight / Math.max(1, at(active).root.offsetHeight)));
    return {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns,
      PageUp: -columns * rows, PageDown: columns * rows, Home: -pages.length, End: pages.length,
    }[key];
  }

  /** @param {number} by @param {number[]} pages @param {boolean} extending */
  function move(by, pages, extending) {
    const here = pages.indexOf(active);
    const there = here + by;
    const far = Math.abs(by) === pages.length || there >= 0 && there < pages.length;
    const page = far ? pages[Math.min(Math.max(there, 0), pages.length - 1)] : active;
    const before = active;
    if (!extending) chosen.letGo();
    activate(page, true);
    if (extending) chosen.extend(page, pages, before);
  }

  root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const pages = shown();
    const by = step(event.key, pages);
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (by !== undefined) move(by, pages, event.shiftKey);
    else if (key === " ") chosen.toggle(active);
    else if (key === "enter") hand.open(active);
    else if (key === "escape") chosen.set([]);
    else if (key === "a" && command) chosen.set(pages);
    else if (key === "n" && !command) hand.next(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    root,
    cells,
    at,
    shown,
    activate,
    active: () => active,
    /** Show these pages only. @param {Set<number>} pages */
    reduce(pages) {
      const isHeld = root.contains(focusHolder()); // what is hidden loses the focus
      for (const page of numbers) at(page).root.hidden = !pages.has(page);
      const left = shown();
      if (!left.length || !at(active).root.hidden) return;
      activate(left.find((page) => page > active) ?? left[left.length - 1], isHeld);
    },
    end: drag.end,
  };
}

/**
 * A drag over pages, with a mouse or a pen: a finger scrolls. Where it nears an edge of the grid, that scrolls.
 * @param {HTMLElement} root @param {(target: EventTarget | null) => number} pageOf
 * @param {(page: number, more: boolean) => void} begin is told the page where it began, and whether Ctrl is held
 * @param {(page: number) => void} reach is told each page that it comes to
 */
function dragging(root, pageOf, begin, reach) {
  let from = 0;
  let last = 0;
  let more = false;
  let x = 0;
  let y = 0;
  let frame = 0;

  function look() {
    const box = root.getBoundingClientRect();
    const within = [Math.min(Math.max(x, box.left + 2), box.right - 2), Math.min(Math.max(y, box.top + 2), box.bottom - 2)];
    const page = pageOf(document.elementFromPoint(within[0], within[1]));
    if (!page || page === (last || from)) return;
    if (!last) begin(from, more);
    last = page;
    reach(page);
  }
  function roll() {
    const box = root.getBoundingClientRect();
    root.scrollTop += y < box.top + EDGE ? -ROLLED : y > box.bottom - EDGE ? ROLLED : 0;
    look();
    frame = requestAnimationFrame(roll);
  }
  function end() {
    cancelAnimationFrame(frame);
    from = last = 0;
  }

  root.addEventListener("pointerdown", (event) => {
    const handle = /** @type {Element} */ (event.target).closest(".ck-check, .ck-loupe");
    end();
    if (event.button || event.pointerType === "touch" || event.shiftKey || handle) return;
    from = pageOf(event.target);
    more = event.ctrlKey || event.metaKey;
  });
  root.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!event.buttons) return end();
    const began = last;
    [x, y] = [event.clientX, event.clientY];
    look();
    if (began || !last) return;
    root.setPointerCapture(event.pointerId); // it may leave the grid; and its end is no click on a page
    frame = requestAnimationFrame(roll);
  });
  for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, end);
  root.addEventListener("dragstart", (event) => event.preventDefault()); // a picture would go along
  return { end };
}
