"use strict";
{
  const status = document.getElementById("connection");
  const source = new EventSource("events" + location.search);
  const containers = { campaign: "campaigns", module: "modules" };
  const waiting = new Map();

  const say = (text) => {
    status.textContent = text;
  };

  const isSelected = (element) => {
    const selection = getSelection();
    return !selection.isCollapsed && selection.intersectsNode?.(element) === true;
  };

  // The input that the address names stays shown when its module is replaced.
  const showExample = () => {
    for (const shown of document.querySelectorAll(".example.shown")) shown.classList.remove("shown");
    const wanted = location.hash && document.getElementById(location.hash.slice(1));
    if (wanted && wanted.matches(".example")) wanted.classList.add("shown");
  };

  const place = (id, html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const made = template.content.firstElementChild;
    const old = document.getElementById(id);
    if (old && old.matches("details")) made.open = old.open;
    const focused = old && old.contains(document.activeElement) && document.activeElement;
    if (old) {
      old.replaceWith(made);
    } else if (id === "source") {
      document.getElementById("sources").prepend(made);
    } else {
      const container = document.getElementById(containers[id.split("-")[0]]);
      container.hidden = false;
      container.append(made);
    }
    if (focused) {
      const same = focused.hash ? `a[href="${CSS.escape(focused.hash)}"]` : focused.localName;
      made.querySelector(same)?.focus({ preventScroll: true });
    }
    if (id === "head") document.title = made.querySelector("h1").textContent;
  };

  const placeWaiting = () => {
    for (const [id, html] of waiting) {
      const old = document.getElementById(id);
      // A part is not replaced under a selection: it is about to be copied.
      if (old && isSelected(old)) continue;
      waiting.delete(id);
      place(id, html);
    }
    showExample();
  };

  source.addEventListener("open", () => say("live"));
  source.addEventListener("parts", (event) => {
    const { parts, order } = JSON.parse(event.data);
    for (const [id, html] of Object.entries(parts)) waiting.set(id, html);
    placeWaiting();
    const modules = document.getElementById("modules");
    const now = [...modules.children].map((each) => each.id);
    if (order.length === now.length && order.some((id, index) => id !== now[index])) {
      for (const id of order) modules.append(document.getElementById(id));
    }
  });
  source.addEventListener("end", () => {
    source.close();
    say("ended");
  });
  source.addEventListener("error", () => say("not connected"));
  document.addEventListener("selectionchange", () => {
    if (waiting.size && getSelection().isCollapsed) placeWaiting();
  });
  addEventListener("hashchange", showExample);
}
