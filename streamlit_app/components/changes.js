// Items that changed: a picture, and each column before and after. What comes from data is text, never markup.
function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function makeCell(value, nothing) {
  return value ? make("td", "", value) : make("td", "none", nothing);
}

function makeChange(item, words, view) {
  const place = make("li", "change");
  place.dataset.id = item.id;
  const picture = make("button", "picture");
  picture.type = "button";
  picture.setAttribute("aria-label", `${words.open}: ${item.title}`);
  const frame = make("span", "frame");
  const missing = make("span", "missing", words.missing);
  missing.hidden = true;
  picture.append(frame, missing);
  const shown = placePicture(frame, {
    src: item.thumb,
    hash: item.hash,
    onTrouble(why) { missing.hidden = why !== "gone"; },
  });
  const title = make("button", "title", item.title || words.untitled);
  title.type = "button";
  for (const button of [picture, title]) button.addEventListener("click", () => view.send("open", item.id));
  const text = make("div", "text");
  text.append(title, make("p", "note", item.note));
  const table = make("table");
  const head = make("thead");
  const names = make("tr");
  names.append(make("th", "", words.column), make("th", "", words.before), make("th", "", words.after));
  names.childNodes.forEach((cell) => cell.setAttribute("scope", "col"));
  head.append(names);
  const body = make("tbody");
  body.append(...item.rows.map((row) => {
    const line = make("tr");
    const name = make("th", "", row.name);
    name.setAttribute("scope", "row");
    line.append(name, makeCell(row.before, words.nothing), makeCell(row.after, words.nothing));
    return line;
  }));
  table.append(head, body);
  text.append(table);
  place.append(picture, text);
  return { node: place, stop: shown.stop };
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".changes");
  const view = (root.view ??= { shown: null, items: [], send: () => {} });
  view.send = setTriggerValue;
  root.setAttribute("aria-label", data.words.name);
  if (view.shown !== data.page) {
    view.shown = data.page;
    view.items.forEach((item) => item.stop());
    view.items = data.items.map((item) => makeChange(item, data.words, view));
    root.replaceChildren(...view.items.map((item) => item.node));
  }
  return () => setTimeout(() => {
    if (!root.isConnected) view.items.forEach((item) => item.stop());
  });
}
