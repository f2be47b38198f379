"use strict";
{
  const list = document.querySelector(".listing");
  const rows = [...list.querySelectorAll(".script")];
  const tools = document.querySelector(".tools");
  const search = tools.querySelector("input");
  const order = tools.querySelector("select");
  const chips = [...tools.querySelectorAll(".chip")];
  const shown = document.getElementById("shown");
  const nothing = document.querySelector(".nothing");
  const texts = new Map();

  // What a row says, in one case; logs are long, so only once somebody searches.
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };

  const visible = () => rows.filter((row) => !row.hidden);

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = chips.filter((c) => c.getAttribute("aria-pressed") === "true");
    const statuses = new Set(wanted.map((chip) => chip.dataset.status));
    for (const row of rows) {
      row.hidden =
        (statuses.size > 0 && !statuses.has(row.dataset.status)) ||
        !words.every((word) => textOf(row).includes(word));
    }
    const count = visible().length;
    shown.textContent = count === rows.length ? "" : `${count} of ${rows.length} shown`;
    nothing.hidden = count > 0 || rows.length === 0;
  };

  const orders = {
    failed: (a, b) => a.dataset.rank - b.dataset.rank || a.dataset.number - b.dataset.number,
    name: (a, b) => a.dataset.number - b.dataset.number,
    slow: (a, b) => b.dataset.seconds - a.dataset.seconds || a.dataset.number - b.dataset.number,
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  search.addEventListener("input", apply);
  order.addEventListener("change", () => {
    rows.sort(orders[order.value]);
    nothing.before(...rows);
  });
  const opener = document.getElementById("opener");
  opener.addEventListener("click", () => {
    const open = visible().some((row) => !row.open);
    for (const row of visible()) row.open = open;
    opener.textContent = open ? "Collapse all" : "Expand all";
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      apply();
    }
  });

  const follow = () => {
    const row = rows.find((each) => `#${each.id}` === location.hash);
    if (row) row.open = true;
  };
  addEventListener("hashchange", follow);
  follow();

  // Paper has nothing to click on: it shows what failed, unfolded.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = visible().filter((row) => row.dataset.rank === "0" && !row.open);
    for (const row of unfolded) row.open = true;
  });
  addEventListener("afterprint", () => {
    for (const row of unfolded) row.open = false;
  });
  tools.hidden = false;
}
