// The gallery's grid. What comes from data reaches the page through textContent, setAttribute and src only.
const KIND_SHAPES = {
  audio: "M9 18V6l10-2v12M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm10-2a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  video: "M8 5.5v13l10.5-6.5L8 5.5Z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
};
const SVG = "http://www.w3.org/2000/svg";
// Changes of what is selected are gathered for so long before they are sent.
const GATHER_MS = 80;
// What takes letters itself.
const FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable=true]";
// What Escape closes before it lets go of what is selected.
const OPEN = '[role="dialog"], [data-baseweb="popover"], [data-testid="stPopoverBody"], [role="listbox"]';

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function icon(kind) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", KIND_SHAPES[kind] ?? KIND_SHAPES.image);
  svg.append(path);
  return svg;
}

function makeTile(item, index, view) {
  const { words } = view.data;
  const tile = element("button", `tile ${item.kind}${item.small ? " small" : ""}`);
  tile.type = "button";
  tile.dataset.id = item.id;
  const told = [item.title, words.kinds[item.kind] ?? item.kind, item.facts, item.when];
  const frame = element("span", "frame");
  const missing = element("span", "missing");
  missing.hidden = true;
  tile.append(frame, missing);
  if (item.badge) {
    const badge = element("span", "badge");
    badge.append(icon(item.kind), element("span", "", item.badge));
    tile.append(badge);
  }
  const caption = element("span", "caption");
  caption.append(element("span", "title", item.title), element("span", "facts", item.facts), element("span", "facts", item.when));
  tile.append(caption);
  const picture = placePicture(frame, {
    src: item.thumb,
    hash: item.hash,
    eager: index < 8,
    onTrouble(why) {
      missing.hidden = why !== "gone";
      if (why === "gone" && !missing.firstChild) missing.append(icon(item.kind), element("span", "", words.missing));
      if (why === "store") view.waiting.add(item.id);
      else view.waiting.delete(item.id);
      view.showNotice();
    },
  });
  tile.addEventListener("click", (event) => {
    if (view.data.selection && event.shiftKey) view.reach(index);
    else if (view.data.selection && (event.ctrlKey || event.metaKey)) view.pick([item.id], !view.picked.has(item.id), index);
    else view.send("open", item.id);
  });
  const box = view.data.selection ? makeBox(item, index, view) : null;
  const place = document.createElement("li");
  place.append(tile, ...(box ? [box.parentElement] : []));
  // Whoever cannot see the mark hears it with the item's name.
  const mark = (picked) => {
    place.classList.toggle("picked", picked);
    tile.setAttribute("aria-label", [...told, ...(picked ? [words.picked] : [])].join(", "));
    if (box) box.checked = picked;
  };
  mark(false);
  return { id: item.id, place, node: tile, box, mark, stop: picture.stop };
}

function makeBox(item, index, view) {
  const around = element("label", "pick");
  const box = element("input");
  box.type = "checkbox";
  box.tabIndex = -1;
  box.setAttribute("aria-label", view.data.words.pick.replace("{title}", item.title));
  around.addEventListener("click", (event) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    view.reach(index);
    setTimeout(view.paint); // a click that was prevented puts the box back to what it was
  });
  box.addEventListener("change", () => view.pick([item.id], box.checked, index));
  around.append(box, element("span", "tick"));
  return box;
}

function startView(root) {
  const view = {
    list: root.querySelector(".tiles"),
    notice: root.querySelector(".notice"),
    keys: root.querySelector(".keys"),
    said: root.querySelector(".unseen"),
    tiles: [],
    waiting: new Set(),
    active: 0,
    shown: null,
    send: () => {},
    // What is selected of this page, and the changes that the server has not heard yet.
    picked: new Set(),
    unheard: new Map(),
    emptied: false,
    number: 0,
    outside: 0,
    anchor: 0,
    range: null,
  };
  view.showNotice = () => {
    const words = view.waiting.size
      ? view.data.words.trouble
      : "";
    view.notice.textContent = words;
    view.notice.hidden = !words;
  };
  view.columns = () => getComputedStyle(view.list).gridTemplateColumns.split(" ").length;
  view.activate = (index, focus = true) => {
    const last = view.tiles.length - 1;
    view.active = Math.max(0, Math.min(last, index));
    view.tiles.forEach(({ node, box }, i) => {
      node.tabIndex = i === view.active ? 0 : -1;
      if (box) box.tabIndex = node.tabIndex;
    });
    if (focus) view.tiles[view.active]?.node.focus();
  };
  view.toggleKeys = () => (view.keys.open ? view.keys.close() : view.keys.showModal());
  view.list.addEventListener("focusin", (event) => {
    const index = view.tiles.findIndex(({ place }) => place.contains(event.target));
    if (index >= 0) view.activate(index, false);
  });
  startSelection(view);
  view.list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = view.tiles.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -view.columns(), ArrowDown: view.columns() }[event.key];
    if (step) {
      const next = view.active + step;
      if (next > last && view.data.older && (step === 1 || view.active + view.columns() > last)) view.turn("older");
      else if (next < 0 && view.data.newer) view.turn("newer");
      else if (next >= 0 && next <= last) {
        if (event.shiftKey && view.data.selection) view.reach(next, view.active);
        view.activate(next);
      }
    } else if (event.key === "Home") view.activate(0);
    else if (event.key === "End") view.activate(last);
    else if (event.key === "Escape") event.target.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  view.turn = (where) => {
    view.focusAfterTurn = where === "older" ? 0 : Number.MAX_SAFE_INTEGER;
    view.send("turn", where);
  };
  // Typed anywhere on the page but in a field, `?` shows the keys.
  view.onQuestion = (event) => {
    const field = event.composedPath().some((node) => node.matches?.(FIELDS));
    if (event.key === "?" && !field) view.toggleKeys();
  };
  document.addEventListener("keydown", view.onQuestion);
  document.addEventListener("keydown", view.onEscape, true);
  return view;
}

function startSelection(view) {
  const all = () => view.tiles.map(({ id }) => id);
  const between = (one, other) => all().slice(Math.min(one, other), Math.max(one, other) + 1);
  let waiting = 0;
  view.paint = () => {
    const any = view.outside + view.picked.size > 0;
    view.list.classList.toggle("picking", any);
    view.tiles.forEach(({ id, mark }) => mark(view.picked.has(id)));
  };
  const changed = (id, wanted) => {
    if (view.picked.has(id) === wanted) return;
    if (wanted) view.picked.add(id);
    else view.picked.delete(id);
    view.unheard.set(id, wanted);
  };
  const tell = () => {
    view.number += 1;
    view.paint();
    view.said.textContent = view.data.words.number.replace("{number}", view.outside + view.picked.size);
    view.flush();
  };
  // Only changes are sent, again and again until the server says that it has heard them: of two events that come
  // fast after each other, the first may never arrive.
  view.flush = () => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      const of = (wanted) => [...view.unheard].filter(([, is]) => is === wanted).map(([id]) => id);
      const told = { name: view.data.selection.name, number: view.number, none: view.emptied, on: of(true), off: of(false) };
      view.send("select", JSON.stringify(told));
    }, GATHER_MS);
  };
  view.pick = (ids, wanted, anchor) => {
    view.range = null;
    if (anchor !== undefined) view.anchor = anchor;
    ids.forEach((id) => changed(id, wanted));
    tell();
  };
  // Selects from the anchor up to an item, and lets go of what only the same gesture had selected before.
  view.reach = (index, from) => {
    view.range ??= { anchor: from ?? view.anchor, before: new Set(view.picked) };
    const within = new Set([...view.range.before, ...between(view.range.anchor, index)]);
    all().forEach((id) => changed(id, within.has(id)));
    view.activate(index, false);
    tell();
  };
  view.clear = () => {
    view.range = null;
    view.picked.clear();
    view.unheard.clear();
    view.outside = 0;
    view.emptied = true;
    tell();
  };
  view.follow = (selection) => {
    if (!selection) return;
    if (view.name !== selection.name || selection.heard >= view.number) {
      view.name = selection.name;
      view.number = selection.heard;
      view.unheard.clear();
      view.emptied = false;
      view.picked = new Set(selection.picked.map((at) => view.data.items[at].id));
    } else {
      const there = new Set(all());
      const picked = view.emptied ? [] : selection.picked.map((at) => view.data.items[at].id);
      view.picked = new Set(picked);
      view.unheard.forEach((wanted, id) => {
        if (wanted && there.has(id)) view.picked.add(id);
        else view.picked.delete(id);
      });
      view.flush();
    }
    view.outside = view.emptied ? 0 : selection.count - selection.picked.length;
    view.paint();
  };
  view.list.addEventListener("keydown", (event) => {
    if (!view.data.selection || event.altKey) return;
    const tile = view.tiles[view.active];
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") view.pick(all(), true);
    // A box takes the key itself.
    else if (event.key === " " && !event.ctrlKey && !event.metaKey && event.target === tile?.node) {
      if (event.shiftKey) view.reach(view.active);
      else view.pick([tile.id], !view.picked.has(tile.id), view.active);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // Firefox presses a button when the key goes up.
  view.list.addEventListener("keyup", (event) => {
    if (view.data.selection && event.key === " " && event.target.classList.contains("tile")) event.preventDefault();
  });
  view.list.addEventListener("pointerdown", (event) => {
    if (event.shiftKey && view.data.selection) event.preventDefault(); // no text is selected instead
  });
  view.onEscape = (event) => {
    if (event.key !== "Escape" || !view.data?.selection || !(view.outside + view.picked.size)) return;
    const field = event.composedPath().some((node) => node.matches?.(FIELDS));
    if (field || view.keys.open || view.data.open || document.querySelector(OPEN)) return;
    event.preventDefault();
    event.stopPropagation();
    view.clear();
  };
}

function sayKeys(view) {
  const { words } = view.data;
  view.list.setAttribute("aria-label", words.list);
  view.keys.querySelector("h2").textContent = words.keys;
  view.keys.querySelector("button").textContent = words.close;
  view.keys.querySelector("dl").replaceChildren(...words.help.flatMap(([keys, what]) => {
    const names = element("dt");
    keys.forEach((key) => names.append(element("kbd", "", key), " "));
    return [names, element("dd", "", what)];
  }));
}

function showPage(view, data) {
  view.data = data;
  sayKeys(view);
  if (view.shown === data.page) return view.follow(data.selection);
  const focused = view.tiles.findIndex(({ place }) => place.matches(":focus-within"));
  const first = view.shown === null;
  view.shown = data.page;
  view.tiles.forEach((tile) => tile.stop());
  view.waiting.clear();
  view.showNotice();
  view.tiles = data.items.map((item, index) => makeTile(item, index, view));
  view.list.replaceChildren(...view.tiles.map(({ place }) => place));
  view.range = null;
  view.anchor = 0;
  // What had the focus is gone; whoever uses the keyboard goes on from the same place.
  const focus = view.focusAfterTurn ?? (focused >= 0 ? focused : undefined);
  view.focusAfterTurn = undefined;
  view.activate(focus ?? 0, focus !== undefined);
  // A page that was turned from below the grid begins at its top; what is above the grid stays in sight.
  view.follow(data.selection);
  if (!first && focus === undefined && view.list.getBoundingClientRect().top < 0) view.list.scrollIntoView({ block: "start" });
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery");
  const view = (root.view ??= startView(root));
  view.send = setTriggerValue;
  root.classList.toggle("strip", data.strip);
  root.classList.toggle("dense", data.dense);
  const closed = view.data?.open && !data.open ? (data.last ?? view.data.open) : null;
  showPage(view, data);
  if (closed) {
    const index = view.tiles.findIndex((tile) => tile.node.dataset.id === closed);
    if (index >= 0) view.activate(index);
  }
  // Streamlit also calls this for a superseded run of a grid that stays: only a grid that has left the page is let go.
  return () => setTimeout(() => {
    if (root.isConnected) return;
    document.removeEventListener("keydown", view.onQuestion);
    document.removeEventListener("keydown", view.onEscape, true);
    view.tiles.forEach((tile) => tile.stop());
  });
}
