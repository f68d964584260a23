// The gallery's grid. What comes from data reaches the page through textContent, setAttribute and src only.
const KIND_WORDS = { image: "Image", audio: "Sound", video: "Video" };
const KIND_SHAPES = {
  audio: "M9 18V6l10-2v12M9 18a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm10-2a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
  video: "M8 5.5v13l10.5-6.5L8 5.5Z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
};
const SVG = "http://www.w3.org/2000/svg";

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
  const tile = element("button", `tile ${item.kind}${item.small ? " small" : ""}`);
  tile.type = "button";
  tile.dataset.id = item.id;
  tile.setAttribute("aria-label", [item.title, KIND_WORDS[item.kind] ?? item.kind, item.facts, item.when].join(", "));
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
      if (why === "gone" && !missing.firstChild) missing.append(icon(item.kind), element("span", "", "No preview"));
      if (why === "store") view.waiting.add(item.id);
      else view.waiting.delete(item.id);
      view.showNotice();
    },
  });
  tile.addEventListener("click", () => view.send("open", item.id));
  return { node: tile, stop: picture.stop };
}

function startView(root) {
  const view = {
    list: root.querySelector(".tiles"),
    notice: root.querySelector(".notice"),
    keys: root.querySelector(".keys"),
    tiles: [],
    waiting: new Set(),
    active: 0,
    shown: null,
    send: () => {},
  };
  view.showNotice = () => {
    const words = view.waiting.size
      ? "Pictures cannot be fetched: the object store does not answer. Trying again every few seconds."
      : "";
    view.notice.textContent = words;
    view.notice.hidden = !words;
  };
  view.columns = () => getComputedStyle(view.list).gridTemplateColumns.split(" ").length;
  view.activate = (index, focus = true) => {
    const last = view.tiles.length - 1;
    view.active = Math.max(0, Math.min(last, index));
    view.tiles.forEach((tile, i) => { tile.node.tabIndex = i === view.active ? 0 : -1; });
    if (focus) view.tiles[view.active]?.node.focus();
  };
  view.toggleKeys = () => (view.keys.open ? view.keys.close() : view.keys.showModal());
  view.list.addEventListener("focusin", (event) => {
    const index = view.tiles.findIndex((tile) => tile.node === event.target);
    if (index >= 0) view.activate(index, false);
  });
  view.list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = view.tiles.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -view.columns(), ArrowDown: view.columns() }[event.key];
    if (step) {
      const next = view.active + step;
      if (next > last && view.data.older && (step === 1 || view.active + view.columns() > last)) view.turn("older");
      else if (next < 0 && view.data.newer) view.turn("newer");
      else if (next >= 0 && next <= last) view.activate(next);
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
    const field = event.composedPath().some((node) => node.matches?.("input, textarea, select, [contenteditable=true]"));
    if (event.key === "?" && !field) view.toggleKeys();
  };
  document.addEventListener("keydown", view.onQuestion);
  return view;
}

function showPage(view, data) {
  view.data = data;
  if (view.shown === data.page) return;
  const first = view.shown === null;
  view.shown = data.page;
  view.tiles.forEach((tile) => tile.stop());
  view.waiting.clear();
  view.showNotice();
  view.tiles = data.items.map((item, index) => makeTile(item, index, view));
  view.list.replaceChildren(...view.tiles.map((tile) => {
    const place = document.createElement("li");
    place.append(tile.node);
    return place;
  }));
  const focus = view.focusAfterTurn;
  view.focusAfterTurn = undefined;
  view.activate(focus ?? 0, focus !== undefined);
  // A page that was turned from below the grid begins at its top; what is above the grid stays in sight.
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
    view.tiles.forEach((tile) => tile.stop());
  });
}
