"use strict";
(function () {
  const collator = new Intl.Collator("en", { numeric: true });
  const live = document.getElementById("told");

  function keyOf(row, place, numeric) {
    const cell = row.cells[place];
    if (!numeric) {
      return cell.textContent.trim();
    }
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  }

  // what is missing stays at the end, whichever way the rest is sorted
  function compare(a, b, sign) {
    if (a === null || b === null) {
      return (a === null) - (b === null);
    }
    return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
  }

  function sort(table, head, place) {
    const numeric = head.dataset.kind === "number";
    const first = head.dataset.first || "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const way = head.getAttribute("aria-sort") === first ? other : first;
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [keyOf(row, place, numeric), row]);
    rows.sort((a, b) => compare(a[0], b[0], way === "ascending" ? 1 : -1));
    body.append(...rows.map((pair) => pair[1]));
    for (const one of table.tHead.rows[0].cells) {
      one.removeAttribute("aria-sort");
    }
    head.setAttribute("aria-sort", way);
    live.textContent = `Sorted by ${head.textContent.trim()}, ${way}`;
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    Array.from(table.tHead.rows[0].cells).forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head, place));
      head.append(button);
    });
  }

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach((one) => { one.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((one) => { one.open = false; });
  });
})();
