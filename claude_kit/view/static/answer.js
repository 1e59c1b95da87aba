// One streaming answer. The kernel renders and sanitises markdown; this file only puts the pieces in place.
//
// Patches from the kernel (`claude_kit.view.sending`), numbered by `n`:
//   p  changes of pieces, each with its place `i` and its kind `k`
//   c  sources that are new or have changed: [row, HTML]
//   s  what is new of the status line: {phase, model, marks, facts, elapsed}
// What a change holds, by kind:
//   thinking  t: more text, appended; s: its seconds; n: its tokens; a: whether it is going on; h: the headline after
//   answer    m: more of the markdown, for Copy; g: HTML that goes on inside the last finished block; f: HTML of
//             finished blocks, appended; o: HTML of what is still open, replaced; c: whether that is inside the last
//             finished block (a list, a table, a piece of code); x: which of g, f and o begins with how much of what
//             was open before, and is told without it
//   html      h: one element, which replaces the one before
// A gap in the numbers (the page was loaded late, or a message was dropped) is healed by `restore`, which is given
// everything up to its own number.

/**
 * @typedef {{phase: string, model: string, marks: string[], facts: string[], elapsed: number}} Line
 * @typedef {{i: number, k: string, t?: string, s?: number, n?: string, a?: boolean, h?: string, m?: string, g?: string,
 *   f?: string, o?: string, c?: number, x?: [string, number]}} Change
 * @typedef {{n: number, p?: Change[], c?: [number, string][], s?: Partial<Line>}} Patch
 * @typedef {{element: Element, apply(change: Change): void, tick?(): void, end?(): void, source?(): string}} Piece
 * @typedef {{onStop?: () => void, onCopy?: (source: string) => void, onGap?: () => void}} Wishes
 * @typedef {{apply(patch: Patch): void, restore(whole: Patch): void, lose(): void, end(): void}} Answer
 */

/** How long "Copied" stands, in ms. */
const COPIED_MS = 1500;

/** What is said when no more can come. */
const LOST = "The kernel ended before the answer was complete.";

/** How long what heals a gap may take, in ms. */
const GAP_MS = 1000;

/** How near its end counts as the end, in CSS pixels. */
const NEAR = 32;

/** What is read out when a phase begins. @type {Record<string, string>} */
const SPOKEN = { thinking: "Thinking", answering: "Answering", calling: "Calling a tool", done: "The answer is done" };

/**
 * Build an answer inside `host`. `onStop` says that it may be stopped; without it there is no button. `onGap` is called
 * when a patch does not follow the last one.
 * @param {Element} host @param {Wishes} wishes @returns {Answer}
 */
function streamedAnswer(host, { onStop, onCopy = copy, onGap }) {
  const root = make("div", "ck ck-live", make("div", "jp-RenderedHTMLCommon ck-stands", host)); // as the saved answer will stand
  const sources = make("div", "ck-sources", root);
  sources.hidden = true;
  const status = make("div", "ck-status", root);
  make("span", "ck-pulse", status);
  const marks = make("span", "ck-together", status);
  const name = make("b", "", status);
  const elapsed = make("span", "", status);
  const facts = make("span", "ck-together", status);
  const buttons = make("span", "ck-buttons", status);
  const copying = button("Copy", "ck-copy", buttons);
  copying.title = "Copy the markdown so far";
  const stopping = button("Stop", "ck-stop", buttons);
  stopping.hidden = !onStop;

  const page = following(root, () => scroller(root.parentElement));
  let began = performance.now();
  let last = -1;
  let told = -Infinity; // of a gap
  /** @type {Piece[]} */
  let pieces = [];
  const clock = setInterval(tick, 100);

  function tick() {
    elapsed.textContent = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    pieces.forEach((piece) => piece.tick?.());
  }

  /** @param {Partial<Line>} line */
  function show(line) {
    if (line.elapsed !== undefined) began = performance.now() - line.elapsed * 1000;
    if (line.model !== undefined) name.textContent = line.model;
    if (line.marks) marks.replaceChildren(...line.marks.map((mark) => worded("ck-tag ck-is-offline", mark)));
    if (line.facts) facts.replaceChildren(...line.facts.map((fact) => worded("", fact)));
    if (line.phase === undefined || line.phase === root.dataset.phase) return;
    root.dataset.phase = line.phase;
    say(SPOKEN[line.phase]);
    if (line.phase === "done") end();
  }

  /** @param {Change} change */
  function put(change) {
    let piece = pieces[change.i];
    if (!piece) {
      piece = pieces[change.i] = KINDS[/** @type {keyof typeof KINDS} */ (change.k)]();
      sources.before(piece.element);
    }
    piece.apply(change);
  }

  /** @param {[number, string]} row */
  function cite([row, html]) {
    const fresh = fragment(html);
    if (sources.children[row]) sources.children[row].replaceWith(fresh);
    else sources.append(fresh);
    sources.hidden = false;
  }

  /** Once, while what heals it is on its way. */
  function tellGap() {
    if (performance.now() - told < GAP_MS) return;
    told = performance.now();
    onGap?.();
  }

  /** @param {Patch} patch */
  function apply(patch) {
    if (patch.n > last + 1) tellGap();
    if (patch.n !== last + 1) return;
    page.keep(() => {
      patch.p?.forEach(put);
      patch.c?.forEach(cite);
      show(patch.s ?? {});
    });
    last = patch.n; // now: what could not be put is a gap
  }

  /** @param {Patch} whole */
  function restore(whole) {
    if (whole.n <= last) return;
    pieces.forEach((piece) => { piece.end?.(); piece.element.remove(); });
    pieces = [];
    sources.replaceChildren();
    last = whole.n - 1;
    apply(whole);
  }

  /** Nothing more comes: the kernel is gone. */
  function lose() {
    if (root.dataset.phase === "done") return;
    root.dataset.phase = "done";
    facts.append(worded("", LOST));
    stopping.hidden = true;
    say(LOST);
    end();
  }

  function end() {
    clearInterval(clock);
    page.end();
    pieces.forEach((piece) => piece.end?.());
    stopping.disabled = true;
  }

  stopping.addEventListener("click", () => {
    stopping.disabled = true;
    stopping.textContent = "Stopping";
    onStop?.();
  });
  copying.addEventListener("click", () => {
    onCopy(pieces.map((piece) => piece.source?.() ?? "").filter(Boolean).join("\n\n"));
    copying.textContent = "Copied";
    setTimeout(() => { copying.textContent = "Copy"; }, COPIED_MS);
  });
  return { apply, restore, lose, end };
}

/** Thinking: plain text, open while it comes; the reader may open it again later. @returns {Piece} */
function thinking() {
  const element = make("details", "ck-thinking");
  const summary = make("summary", "", element);
  make("span", "ck-pulse", summary);
  const headline = make("span", "", summary);
  const beside = make("span", "ck-dim ck-num", summary);
  const thought = make("div", "ck-thought", element);
  const words = make("div", "", thought);
  words.dir = "auto";
  const text = document.createTextNode("");
  words.append(text);
  const box = following(words, () => thought);
  let active = false;
  let began = 0;
  let tokens = "";

  /** @param {Change} change */
  function apply({ t, s, n, a, h }) {
    began = performance.now() - (s ?? 0) * 1000;
    tokens = n ?? "";
    if (active !== a) element.open = active = a ?? false;
    box.keep(() => text.appendData(t ?? "")); // once it is open: what is folded has no size
    thought.dispatchEvent(new Event("scroll")); // told at once, as it may be moved into new HTML before the page does
    element.classList.toggle("ck-active", active);
    headline.textContent = h ?? "Thinking";
    tick();
    if (!active) {
      beside.textContent = tokens && ` · ${tokens}`;
      box.end();
    }
  }

  function tick() {
    if (active) beside.textContent = ` ${Math.round((performance.now() - began) / 1000)} s · ${tokens}`;
  }
  return { element, apply, tick, end: box.end };
}

/** Where what goes on inside a block goes. @type {Record<string, string>} */
const INSIDE = { TABLE: "tbody", PRE: "code" };

/** Words: finished blocks stay untouched, and are read out; only what is open is replaced. @returns {Piece} */
function answer() {
  const element = make("div", "ck-answer");
  const frozen = make("div", "", element);
  frozen.setAttribute("aria-live", "polite");
  const open = make("div", "ck-open", element);
  /** What is open inside the last finished block. @type {Element[]} */
  let inside = [];
  /** The last finished block, where nothing is open below it. @type {Element | null} */
  let end = null;
  let before = "";
  /** @type {string[]} */
  const markdown = [];

  /** @param {Change} change */
  function apply({ m, g = "", f = "", o = "", c, x }) {
    const [to, length] = x ?? ["o", 0];
    const kept = before.slice(0, length);
    if (to === "g") g = kept + g;
    if (to === "f") f = kept + f;
    if (to === "o") o = kept + o;
    before = o;
    markdown.push(m ?? "");
    inside.forEach((element) => element.remove());
    inside = [];
    if (g) within().append(fragment(g));
    if (f) frozen.append(blocks(f));
    open.replaceChildren(c ? "" : blocks(o));
    if (c) {
      inside = within().tagName === "CODE" ? [make("span", "")] : [...fragment(o).children];
      if (within().tagName === "CODE") /** @type {Element} */ (inside[0]).append(fragment(o));
      inside.forEach((element) => element.setAttribute("aria-live", "off")); // it is read out when it is finished
      within().append(...inside);
    }
    end?.classList.remove("ck-last");
    end = open.firstElementChild ? null : frozen.lastElementChild;
    end?.classList.add("ck-last");
    element.hidden = !(frozen.firstChild || open.firstChild);
  }

  function within() {
    const block = /** @type {Element} */ (frozen.lastElementChild);
    return (INSIDE[block.tagName] && block.querySelector(INSIDE[block.tagName])) || block;
  }
  const over = () => open.classList.add("ck-over");
  return { element, apply, source: () => markdown.join(""), end: over };
}

/** One element, such as a call; one that the reader has unfolded stays so. @returns {Piece} */
function html() {
  /** @type {Piece} */
  const piece = { element: make("div", ""), apply };

  /** @param {Change} change */
  function apply({ h }) {
    const fresh = fragment(h ?? "").firstElementChild;
    if (!fresh) return;
    if (piece.element.hasAttribute("open")) fresh.setAttribute("open", "");
    piece.element.replaceWith(fresh);
    piece.element = fresh;
  }
  return piece;
}

const KINDS = { thinking, answer, html };

/** HTML that the kernel has sanitised; in a template even a script would be inert. @param {string} html */
function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Blocks that each read the way their first letter says; code from left to right. @param {string} html */
function blocks(html) {
  const all = fragment(html);
  for (const block of all.children) /** @type {HTMLElement} */ (block).dir = block.tagName === "PRE" ? "ltr" : "auto";
  return all;
}

/** @param {string} css @param {string} words @returns {HTMLElement} */
function worded(css, words) {
  const element = make("span", css);
  element.textContent = words;
  return element;
}

/** Read out, politely; in a place of its own, as an answer that is done is replaced. @param {string=} words */
function say(words) {
  if (!words) return;
  const place = document.querySelector(".ck-spoken") ?? make("div", "ck-spoken", document.body);
  place.setAttribute("role", "status");
  place.style.cssText = "clip-path: inset(50%); height: 1px; overflow: hidden; position: fixed; width: 1px;";
  place.textContent = words;
}

/** Copy to the clipboard; `navigator.clipboard` is there over https and on localhost alone. @param {string} source */
async function copy(source) {
  try {
    await navigator.clipboard.writeText(source);
  } catch {
    const area = make("textarea", "", document.body);
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    area.style.cssText = "opacity: 0; position: fixed;";
    area.value = source;
    area.select();
    document.execCommand("copy");
    area.remove();
    before?.focus({ preventScroll: true });
  }
}

/**
 * Say stop while another cell runs: the kernel hears a widget when its cells are done, but what is opened anew it hears
 * at once, in a thread that JupyterLab asks it for. Where there is none this comes late, and does nothing.
 * @param {Model} model
 */
async function stopBeside(model) {
  const comm = model.widget_manager?.kernel?.createComm?.("claude_kit.stop");
  if (!comm?.subshellStarted) return;
  await comm.subshellStarted;
  comm.open({ island: model.get("island") });
}

/** The nearest element around that scrolls. @param {Element | null} element @returns {Element | null} */
function scroller(element) {
  for (let at = element; at; at = at.parentElement) {
    const scrolls = /auto|scroll/.test(getComputedStyle(at).overflowY);
    if (scrolls && at.scrollHeight > at.clientHeight + NEAR) return at;
  }
  return null;
}

/**
 * Keep the end of `content` in view as it grows, where it was in view, until the reader moves upwards; back at the end
 * it takes hold again.
 * @param {Element} content @param {() => Element | null} find returns what scrolls it
 */
function following(content, find) {
  let held = true;
  let seen = false;
  let followed = false; // when it grew last
  let missed = false; // it grew where it could not be seen, on its way into other HTML
  let over = false;
  /** @type {Element | null} */
  let around = null;
  let pressed = false;
  let top = 0;
  let touched = 0;

  const letGo = () => { held = false; };
  /** @type {Record<string, (event: any) => void>} */
  const watched = {
    wheel: ({ deltaY }) => { if (deltaY < 0) letGo(); },
    touchstart: ({ touches }) => { touched = touches[0].clientY; },
    touchmove: ({ touches }) => { if (touches[0].clientY > touched) letGo(); },
    keydown: ({ key }) => { if (["ArrowUp", "PageUp", "Home"].includes(key)) letGo(); },
    pointerdown: ({ target }) => { pressed = target === around; }, // on its scrollbar
    pointerup: () => { pressed = false; },
    scroll: () => {
      if (!around) return;
      if (pressed && around.scrollTop < top) letGo();
      else if (around.scrollTop > top && below() <= NEAR) held = true;
      top = around.scrollTop;
    },
  };

  /** How far the end lies below what is in view. */
  function below() {
    if (!around) return 0;
    return content.getBoundingClientRect().bottom - around.getBoundingClientRect().top - around.clientHeight - around.clientTop;
  }

  /** Whether the end is in view; at first, when much may have come at once, the beginning. */
  function inView() {
    if (!around) return true;
    const away = below() - (seen ? 0 : content.getBoundingClientRect().height);
    return Math.abs(away + around.clientHeight / 2) <= around.clientHeight / 2 + NEAR;
  }

  /** @param {Element | null} next */
  function watch(next) {
    if (next === around) return;
    for (const [name, handler] of Object.entries(watched)) {
      around?.removeEventListener(name, handler);
      next?.addEventListener(name, handler, { passive: true });
    }
    around = next;
    top = around?.scrollTop ?? 0;
  }

  /** Make it grow, and follow. @param {() => void} grow */
  function keep(grow) {
    if (!content.isConnected || over) {
      grow();
      missed = true;
      if (!over) requestAnimationFrame(() => { if (content.isConnected) keep(() => {}); }); // what came before it stood there
      return;
    }
    watch(find());
    if (around && held && around.scrollTop === 0) around.scrollTop = top; // what moves to other HTML forgets its offset
    const follows = held && (missed && seen ? followed : inView());
    grow();
    missed = false;
    followed = follows;
    if (around === null) watch(find());
    if (follows && around && below() > 0) around.scrollTop = top = around.scrollTop + below();
    seen = true;
  }

  function end() {
    over = true;
    watch(null);
  }
  return { keep, end };
}
