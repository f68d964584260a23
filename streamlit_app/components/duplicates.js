// Groups of duplicates. What comes from data reaches the page through textContent, setAttribute and src only.
const BOX = 3 / 2;

// The frame has the item's own shape within a box of 3:2, so that nothing jumps when the picture comes.
function shape(frame, ratio) {
  if (!ratio) return;
  frame.style.setProperty("--wide", `${Math.min(100, (100 * ratio) / BOX)}%`);
  frame.style.setProperty("--high", `${Math.min(100, (100 * BOX) / ratio)}%`);
}

function makeItem(item, index, view) {
  const place = part("li", "tile");
  place.dataset.id = item.id;
  const open = part("button", `picture ${item.kind}${item.small ? " small" : ""}`);
  open.type = "button";
  open.setAttribute("aria-label", [item.opens, ...item.marks, item.facts, item.when].join(", "));
  open.addEventListener("click", () => view.send("open", item.id));
  const frame = part("span", "frame");
  shape(frame, item.ratio);
  const missing = part("span", "missing", view.data.words.missing);
  missing.hidden = true;
  const badges = part("span", "badges");
  badges.append(...[...item.marks, item.badge].filter(Boolean).map((words) => part("span", "badge", words)));
  open.append(frame, missing, badges);
  const picture = placePicture(frame, {
    src: item.thumb,
    hash: item.hash,
    eager: index < 8,
    onTrouble(why) {
      missing.hidden = why !== "gone";
      if (why === "store") view.waiting.add(item.id);
      else view.waiting.delete(item.id);
      view.showNotice();
    },
  });
  const name = part(view.data.choosing ? "label" : "div", "name");
  const title = part("span", "title", item.title);
  title.title = item.title;
  let box = null;
  if (view.data.choosing) {
    box = part("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", [item.selects, item.facts, item.when].join(", "));
    box.addEventListener("change", () => view.choose([item.id], box.checked));
    name.append(box);
  }
  name.append(title);
  place.append(open, name, part("p", "facts", item.facts), part("p", "facts", item.when), part("span", "tag", item.tag));
  return { id: item.id, node: place, open, box, stop: picture.stop };
}

function makeGroup(group, first, view) {
  const section = part("section", "group");
  section.dataset.key = group.key;
  const count = Math.max(2, group.items.length);
  section.style.setProperty("--of-six", Math.min(6, count));
  section.style.setProperty("--of-four", Math.min(4, count));
  const head = part("div", "head");
  const title = part("h2", "", group.count);
  section.setAttribute("aria-label", `${group.count}, ${group.room}`);
  head.append(title, part("span", "room", group.room));
  const choices = part("div", "choices");
  const buttons = view.data.choosing ? group.choices.map(({ name, ids }) => {
    const button = part("button", "", name);
    button.type = "button";
    // Once more lets go of them.
    button.addEventListener("click", () => {
      const again = button.getAttribute("aria-pressed") === "true";
      group.items.forEach(({ id }) => view.chosen.delete(id));
      view.choose(ids, !again);
    });
    choices.append(button);
    return { button, ids, all: group.items.map(({ id }) => id) };
  }) : [];
  if (buttons.length) head.append(choices);
  if (group.more) head.append(part("span", "more", group.more));
  const list = part("ul", "tiles");
  const items = group.items.map((item, index) => makeItem(item, first + index, view));
  list.append(...items.map(({ node }) => node));
  section.append(head, list);
  return { node: section, items, buttons };
}

function startDuplicates(root) {
  const view = {
    list: root.querySelector(".groups"),
    notice: root.querySelector(".notice"),
    groups: [],
    chosen: new Set(),
    waiting: new Set(),
    send: () => {},
  };
  view.items = () => view.groups.flatMap(({ items }) => items);
  view.showNotice = () => {
    view.notice.textContent = view.waiting.size
      ? view.data.words.store
      : "";
    view.notice.hidden = !view.waiting.size;
  };
  view.paint = () => {
    for (const { id, node, box } of view.items()) {
      node.classList.toggle("chosen", view.chosen.has(id));
      if (box) box.checked = view.chosen.has(id);
    }
    for (const { button, ids, all } of view.groups.flatMap(({ buttons }) => buttons)) {
      button.setAttribute("aria-pressed", String(all.every((id) => view.chosen.has(id) === ids.includes(id))));
    }
  };
  view.choose = (ids, wanted) => {
    ids.forEach((id) => (wanted ? view.chosen.add(id) : view.chosen.delete(id)));
    view.paint();
    view.send("select", JSON.stringify([...view.chosen]));
  };
  return view;
}

function showGroups(view, data) {
  const before = view.data;
  view.data = data;
  if (before?.selection !== data.selection) view.chosen.clear();
  if (before?.page !== data.page) {
    view.items().forEach((item) => item.stop());
    view.waiting.clear();
    view.showNotice();
    let first = 0;
    view.groups = data.groups.map((group) => {
      const made = makeGroup(group, first, view);
      first += group.items.length;
      return made;
    });
    view.list.replaceChildren(...view.groups.map(({ node }) => node));
    const there = new Set(view.items().map(({ id }) => id));
    view.chosen.forEach((id) => { if (!there.has(id)) view.chosen.delete(id); });
    if (before && before.place !== data.place) view.list.scrollIntoView({ block: "nearest" });
  }
  view.paint();
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".duplicates");
  const view = (root.view ??= startDuplicates(root));
  view.send = setTriggerValue;
  const closed = view.data?.open && !data.open ? (data.last ?? view.data.open) : null;
  showGroups(view, data);
  if (closed) view.items().find(({ id }) => id === closed)?.open.focus();
  // Streamlit also calls this for a superseded run of a component that stays.
  return () => setTimeout(() => {
    if (!root.isConnected) view.items().forEach((item) => item.stop());
  });
}
