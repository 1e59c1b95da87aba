// What follows: a table and a chart, whose pieces are changed and never made anew.

/** @param {Element} element @param {string} words */
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** @param {Element} element @param {string} name @param {string} value */
function put(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {Column} column @param {Column[]} columns */
function css(column, columns) {
  const lesser = columns.indexOf(column) > 0 && columns.indexOf(column) < columns.findIndex(({ bar }) => bar);
  return `${column.numeric ? "ck-right" : ""}${lesser ? " ck-lesser" : ""}`; // gives way where it is narrow
}

/** A table whose cells are changed, and never made anew while their row is there. @param {Element} parent */
function table(parent) {
  const root = make("table", "ck-table", parent);
  const caption = make("caption", "ck-unseen", root);
  const head = make("tr", "", make("thead", "", root));
  const body = make("tbody", "", root);
  /** @type {Map<string, HTMLTableRowElement>} */
  const known = new Map();
  let laid = "";

  /** @param {Column[]} columns */
  function lay(columns) {
    const layout = columns.map((column) => `${column.numeric} ${column.bar}`).join();
    if (layout !== laid) {
      head.replaceChildren();
      body.replaceChildren();
      known.clear();
      for (const column of columns) {
        make("th", css(column, columns), head).scope = "col";
        if (column.bar) make("td", "ck-barcell", head);
      }
      laid = layout;
    }
    columns.forEach((column, at) => say(head.querySelectorAll("th")[at], column.title));
  }
  /** @param {Column[]} columns @returns {HTMLTableRowElement} */
  function made(columns) {
    const row = make("tr", "");
    columns.forEach((column, at) => {
      const cell = make(at ? "td" : "th", css(column, columns), row);
      if (!at) cell.scope = "row";
      make("span", "", cell);
      make("span", "ck-dim", cell);
      if (column.bar) make("div", "ck-bar", make("td", "ck-barcell", row));
    });
    return row;
  }
  /** @param {Shown} shown */
  return ({ columns, rows, words }) => {
    say(caption, `What each model asks. ${words}`);
    lay(columns);
    rows.forEach((one, at) => {
      const row = known.get(one.key) ?? made(columns);
      known.set(one.key, row);
      if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
      put(row, "class", `ck-${one.weight}`);
      const cells = [...row.children].filter((cell) => !cell.classList.contains("ck-barcell"));
      one.cells.forEach((cell, column) => {
        const [text, note] = cells[column].children;
        say(text, cell.text);
        say(note, cell.note ? ` ${cell.note}` : "");
        if (!columns[column].bar) return;
        const bar = /** @type {HTMLElement} */ (cells[column].nextElementSibling?.firstElementChild);
        bar.style.width = `${100 * cell.share}%`;
      });
    });
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, row] of known) {
      if (keys.has(key)) continue;
      row.remove();
      known.delete(key);
    }
  };
}

/** A chart whose pieces are changed, each known by its key. @param {Element} parent */
function sheet(parent) {
  const NS = "http://www.w3.org/2000/svg";
  const root = document.createElementNS(NS, "svg");
  root.setAttribute("role", "img");
  parent.append(root);
  /** @type {Map<string, Element>} */
  const known = new Map();
  /** @param {Chart} chart @param {string} label */
  return ({ width, height, marks }, label) => {
    put(root, "viewBox", `0 0 ${width} ${height}`);
    put(root, "aria-label", label);
    root.style.maxWidth = `${width}px`;
    marks.forEach((mark, at) => {
      const piece = known.get(mark.key) ?? document.createElementNS(NS, mark.element);
      known.set(mark.key, piece);
      for (const [name, value] of Object.entries(mark.attributes)) put(piece, name, String(value));
      say(piece, mark.text);
      if (root.children[at] !== piece) root.insertBefore(piece, root.children[at] ?? null);
    });
    const keys = new Set(marks.map((mark) => mark.key));
    for (const [key, piece] of known) {
      if (keys.has(key)) continue;
      piece.remove();
      known.delete(key);
    }
  };
}
