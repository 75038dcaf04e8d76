// What the page does without the server: chips, panes, keyboard, clipboard, scrolling.
// Everything that an article says reaches the page as text (textContent, or HTML escaped by the
// server); nothing here makes markup of it.
"use strict";

window.groundwire = (() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  let opener = null; // the chip or button that opened the pane
  let current = null; // the chip whose citation is read, as `nameOf` names it
  let seen = { conversation: null, turns: 0 };

  // Panes and themes

  function show(pane) {
    root.dataset.pane = pane;
    delete root.dataset.side;
    hideTip();
  }

  function closePane() {
    if (!root.dataset.pane) return false;
    delete root.dataset.pane;
    readChip(null);
    (opener?.isConnected ? opener : one("#question textarea"))?.focus();
    return true;
  }

  function toggleSide() {
    if (root.dataset.side) delete root.dataset.side;
    else root.dataset.side = "open";
  }

  function setTheme(dark) {
    document.body.classList.toggle("dark", dark);
    root.classList.toggle("dark", dark);
  }

  function toggleFilters() {
    if (root.dataset.filters) delete root.dataset.filters;
    else root.dataset.filters = "open";
  }

  function toggleTheme() {
    const dark = !document.body.classList.contains("dark");
    localStorage.setItem("groundwire-theme", dark ? "dark" : "light");
    setTheme(dark);
  }

  const chosen = localStorage.getItem("groundwire-theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  setTheme(chosen ? chosen === "dark" : system.matches);
  system.addEventListener("change", () => {
    if (!localStorage.getItem("groundwire-theme")) setTheme(system.matches);
  });

  // The quote beside a chip

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;

  function showTip(chip) {
    if (!tip.isConnected) document.body.append(tip);
    const quote = document.createElement("q");
    const from = document.createElement("p");
    quote.textContent = chip.dataset.quote;
    from.textContent = chip.dataset.from;
    tip.replaceChildren(quote, from);
    tip.hidden = false;
    const at = chip.getBoundingClientRect();
    const left = Math.min(at.left, innerWidth - tip.offsetWidth - 12);
    const above = at.top - tip.offsetHeight - 8;
    tip.style.left = `${Math.max(12, left)}px`;
    tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
    chip.setAttribute("aria-describedby", "tip");
  }

  function hideTip() {
    tip.hidden = true;
  }

  for (const event of ["mouseover", "focusin"]) {
    document.addEventListener(event, (happened) => {
      const chip = happened.target.closest?.(".chip[data-quote]");
      if (chip) showTip(chip);
      else hideTip();
    });
  }
  document.addEventListener(
    "scroll",
    () => {
      const chip = one(".chip[data-quote]:is(:hover, :focus-visible)");
      if (chip && !tip.hidden) showTip(chip);
      else hideTip();
    },
    true,
  );

  // What a click on something with data-do does; the rest is told to the server

  function copy(button) {
    const done = () => {
      button.dataset.done = "Copied";
      setTimeout(() => delete button.dataset.done, 1500);
    };
    if (navigator.clipboard) return navigator.clipboard.writeText(button.dataset.text).then(done);
    const area = document.createElement("textarea"); // a page that is not from a secure origin
    area.value = button.dataset.text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return done();
  }

  function rename(button, trigger) {
    const entry = button.closest("li");
    const label = one(".open", entry);
    const field = document.createElement("input");
    field.value = label.textContent;
    field.maxLength = 80;
    field.setAttribute("aria-label", "New title");
    label.hidden = true;
    label.before(field);
    field.select();
    let ended = false; // taking the field away makes it lose the focus, which ends it again
    const end = (keep) => {
      if (ended) return;
      ended = true;
      const title = field.value.trim();
      const changed = keep && title && title !== label.textContent;
      field.remove();
      label.hidden = false;
      label.focus();
      if (changed) trigger("rename", { id: button.dataset.id, title });
    };
    field.addEventListener("keydown", (key) => {
      if (key.key === "Enter") end(true);
      if (key.key === "Escape") end(false);
      key.stopPropagation();
    });
    field.addEventListener("blur", () => end(true));
  }

  // The citation that is read

  const nameOf = ({ turn, place, number }) => [turn, place, number].join();

  function readChip(chip) {
    current = chip && nameOf(chip.dataset);
    markChip();
  }

  function markChip() {
    for (const chip of all(".chip")) {
      if (nameOf(chip.dataset) === current) chip.setAttribute("aria-current", "true");
      else chip.removeAttribute("aria-current");
    }
  }

  function placeOfChip() {
    const chips = all(".chip").filter((chip) => !chip.closest("details:not([open])"));
    return [chips, chips.findIndex((chip) => chip.hasAttribute("aria-current"))];
  }

  function follow(step) {
    const [chips, place] = placeOfChip();
    const chip = chips[place + step];
    chip?.scrollIntoView({ block: "nearest" });
    chip?.click();
  }

  const here = {
    side: toggleSide,
    filters: toggleFilters,
    theme: toggleTheme,
    library: () => (root.dataset.pane === "library" ? closePane() : show("library")),
    close: closePane,
    next: () => follow(1),
    previous: () => follow(-1),
    copy,
    "rename-here": rename,
  };
  const asks = { remove: "Remove this article?", delete: "Delete this conversation?" };
  const opens = { cite: "reader", explain: "reader", article: "reader" };

  function act(button, trigger) {
    const name = button.dataset.do;
    if (here[name]) return here[name](button, trigger);
    if (asks[name] && !confirm(asks[name])) return undefined;
    if (opens[name]) {
      opener = button;
      readChip(name === "cite" ? button : null);
      one("#reader").setAttribute("aria-busy", "true");
      show(opens[name]);
    }
    if (name === "open" || name === "new") delete root.dataset.side;
    return trigger(name, { ...button.dataset });
  }

  // A part of the page: what the server sends is rendered into it, what is done in it is told
  function part(element, trigger, props, watch, changed = () => {}) {
    const render = () => {
      window.groundwireMorph(element, props.value ?? "");
      changed(element);
    };
    element.addEventListener("click", (click) => {
      const button = click.target.closest("[data-do]");
      if (button && button.tagName === "BUTTON") act(button, trigger);
    });
    element.addEventListener("submit", (submit) => {
      submit.preventDefault();
      const form = submit.target;
      const remark = new FormData(form).get("remark");
      trigger("rate", { turn: form.dataset.turn, remark });
    });
    watch("value", render);
    render();
  }

  // After the server has changed something

  function offset(element, frame) {
    return element.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop;
  }

  function transcriptChanged(element) {
    const turns = one(".turns", element);
    if (!turns) return;
    const conversation = turns.dataset.conversation;
    history.replaceState(null, "", conversation ? `#${conversation}` : location.pathname);
    const sections = all(".turn", turns);
    if (conversation !== seen.conversation || sections.length > seen.turns) {
      turns.scrollTo(0, sections.length ? offset(sections.at(-1), turns) : 0);
    }
    if (conversation !== seen.conversation && seen.conversation && root.dataset.pane === "reader") {
      delete root.dataset.pane;
    }
    seen = { conversation, turns: sections.length };
    markChip();
  }

  function stopped() {
    const turn = one(".turn[aria-busy=true]");
    if (!turn) return;
    turn.setAttribute("aria-busy", "false");
    const state = one(".reading", turn);
    state.className = "note";
    state.textContent = "Stopped.";
  }

  function readerChanged(element) {
    const [chips, place] = placeOfChip();
    const where = one(".where", element);
    if (where) where.textContent = place < 0 ? "" : `${place + 1} of ${chips.length}`;
    all("[data-do=previous], [data-do=next]", element).forEach((button) => {
      const step = button.dataset.do === "next" ? 1 : -1;
      button.disabled = place < 0 || !chips[place + step];
    });
    one("#reader").removeAttribute("aria-busy");
    const within = document.activeElement?.closest("#reader");
    if (!within) one("[tabindex='-1']", element)?.focus({ preventScroll: true });
    const frame = one(".reader", element);
    const mark = one('mark[data-mark="0"]', element);
    frame?.scrollTo(0, mark ? offset(mark, frame) - frame.clientHeight / 3 : 0);
  }

  // The bar counts the articles too; a page that had none begins anew
  function articlesChanged(element) {
    const total = one(".total", element)?.dataset.total;
    const count = one(".bar .count");
    if (!total || !count || count.textContent === total) return;
    count.textContent = total;
    if (one(".welcome [data-do=library]")) one("[data-do=new]").click();
  }

  // Files may be dropped anywhere

  const isFile = (drag) => drag.dataTransfer?.types.includes("Files");

  document.addEventListener("dragover", (drag) => {
    if (!isFile(drag)) return;
    drag.preventDefault();
    root.dataset.dropping = "";
  });
  document.addEventListener("dragleave", (drag) => {
    if (!drag.relatedTarget) delete root.dataset.dropping;
  });
  document.addEventListener("drop", (drag) => {
    delete root.dataset.dropping;
    if (!isFile(drag) || drag.target.closest?.("#files")) return;
    drag.preventDefault();
    show("library");
    const field = one("#files input[type=file]");
    field.files = drag.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // Keyboard

  document.addEventListener("keydown", (key) => {
    const writing = key.target.closest?.("input, textarea, select, [contenteditable]");
    if (key.key === "Escape") {
      if (!tip.hidden) hideTip();
      all("details.menu[open]").forEach((menu) => (menu.open = false));
      if (root.dataset.side) return toggleSide();
      if (!writing || !writing.value) closePane();
      return undefined;
    }
    if (writing || key.ctrlKey || key.metaKey || key.altKey) return undefined;
    if (key.key === "/") {
      key.preventDefault();
      one("#question textarea")?.focus();
    } else if (root.dataset.pane === "reader" && (key.key === "n" || key.key === "p")) {
      follow(key.key === "n" ? 1 : -1);
    }
    return undefined;
  });
  document.addEventListener("click", (click) => {
    all("details.menu[open]").forEach((menu) => {
      if (!menu.contains(click.target) || click.target.closest("a")) menu.open = false;
    });
  });

  return { part, transcriptChanged, readerChanged, articlesChanged, stopped };
})();
