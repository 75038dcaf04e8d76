// Changes a part of the page into what the server sent and keeps every element that is in both:
// what somebody reads, points at or clicks is not replaced under their hands.
"use strict";

window.groundwireMorph = (() => {
  const key = (node) => node?.dataset?.key;

  // Elements with a key are the same wherever they stand; others where they stand in order.
  function isSame(one, other) {
    return (
      one?.nodeType === other.nodeType &&
      one.nodeName === other.nodeName &&
      one.className === other.className &&
      key(one) === key(other)
    );
  }

  function changeAttributes(current, wanted) {
    for (const { name } of [...current.attributes]) {
      const opened = name === "open" && current.nodeName === "DETAILS"; // by the visitor
      if (!opened && !wanted.hasAttribute(name)) current.removeAttribute(name);
    }
    for (const { name, value } of wanted.attributes) {
      if (current.getAttribute(name) !== value) current.setAttribute(name, value);
    }
  }

  function changeChildren(current, wanted) {
    const keys = new Set([...wanted.children].map(key));
    for (const child of [...current.children]) {
      if (key(child) && !keys.has(key(child))) child.remove();
    }
    const known = new Map([...current.children].map((child) => [key(child), child]));
    let next = current.firstChild;
    for (const child of [...wanted.childNodes]) {
      const kept = key(child) ? known.get(key(child)) : isSame(next, child) ? next : null;
      while (kept && next !== kept && next && !key(next)) {
        const gone = next;
        next = next.nextSibling;
        gone.remove();
      }
      if (!kept) current.insertBefore(child, next);
      else if (kept === next) next = next.nextSibling;
      else current.insertBefore(kept, next);
      if (kept) change(kept, child);
    }
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  }

  function change(current, wanted) {
    if (current.nodeType !== Node.ELEMENT_NODE) {
      if (current.data !== wanted.data) current.data = wanted.data;
      return;
    }
    changeAttributes(current, wanted);
    changeChildren(current, wanted);
  }

  return (element, html) => {
    const wanted = document.createElement("template");
    wanted.innerHTML = html;
    changeChildren(element, wanted.content);
  };
})();
