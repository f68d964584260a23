// How far exports are. What comes from data reaches the page through textContent and setAttribute only.
const ASK_MS = 400;
// A download that the server does not know of by then was asked of another one.
const UNKNOWN_MS = 8000;
const UNITS = ["B", "kB", "MB", "GB", "TB"];

function bytes(value) {
  let at = 0;
  let amount = value;
  for (; amount >= 999.5 && at < UNITS.length - 1; at += 1) amount /= 1000;
  return `${at ? amount.toFixed(amount < 10 ? 2 : amount < 100 ? 1 : 0) : amount} ${UNITS[at]}`;
}

function makeSending(begun, view) {
  const node = part("li", "sending");
  node.dataset.run = begun.run;
  const said = part("span", "said", view.words.preparing);
  said.setAttribute("role", "status");
  const bar = part("progress");
  bar.setAttribute("aria-label", begun.words);
  const close = part("button", "close", view.words.close);
  close.type = "button";
  close.addEventListener("click", () => view.send("end", begun.run));
  node.append(part("span", "name", begun.words), said, close, bar);
  const since = Date.now();
  let timer = 0;
  let known = false;
  const say = (found) => {
    const { words } = view;
    node.dataset.state = found?.state ?? "unknown";
    if (found?.of) {
      bar.max = found.of;
      bar.value = found.sent;
    }
    const text = !found ? words.unknown
      : found.state === "failed" ? found.said
      : found.state === "sending" ? (found.of ? words.sending : words.growing)
      : found.state === "done" && found.missing ? words.incomplete
      : words[found.state];
    said.textContent = text.replace("{missing}", found?.missing).replace("{sent}", bytes(found?.sent ?? 0)).replace("{of}", bytes(found?.of ?? 0));
    if (found && !["preparing", "sending"].includes(found.state)) bar.hidden = true;
  };
  const look = async () => {
    const found = await askProgress(begun);
    if (found) known = true;
    if (found) say(found);
    else if (found === null && !known && Date.now() - since > UNKNOWN_MS) {
      bar.hidden = true;
      return say(null);
    }
    if (found && !["preparing", "sending"].includes(found.state)) return undefined;
    timer = setTimeout(look, ASK_MS);
    return undefined;
  };
  look();
  return { run: begun.run, node, stop: () => clearTimeout(timer) };
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".export");
  const view = (root.view ??= { sendings: [] });
  view.send = setTriggerValue;
  view.words = data.words;
  const wanted = new Set(data.begun.map(({ run }) => run));
  view.sendings.filter(({ run }) => !wanted.has(run)).forEach(({ stop }) => stop());
  const known = new Map(view.sendings.map((sending) => [sending.run, sending]));
  view.sendings = data.begun.map((begun) => known.get(begun.run) ?? makeSending(begun, view));
  root.querySelector(".sendings").replaceChildren(...view.sendings.map(({ node }) => node));
  // Streamlit also calls this for a superseded run of a component that stays.
  return () => setTimeout(() => {
    if (!root.isConnected) view.sendings.forEach(({ stop }) => stop());
  });
}
