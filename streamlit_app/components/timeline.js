// When items came in: bars to click and drag over. Keyboards have the date field, which chooses the same.
function startTimeline(root) {
  const view = {
    bars: root.querySelector(".bars"),
    first: root.querySelector(".first"),
    last: root.querySelector(".last"),
    said: root.querySelector(".said"),
    from: null,
    to: null,
    sent: 0,
    send: () => {},
  };
  const place = (event) => {
    const box = view.bars.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.max(0, Math.min(view.data.bars.length - 1, Math.floor(share * view.data.bars.length)));
  };
  const drawn = () => [Math.min(view.from, view.to), Math.max(view.from, view.to)];
  view.say = (index) => {
    const bars = view.data.bars;
    if (view.from !== null) {
      const [low, high] = drawn();
      view.said.textContent = low === high ? bars[low].said : `${bars[low].first} – ${bars[high].last}`;
    } else view.said.textContent = index === null ? view.data.chosen : bars[index].said;
  };
  view.mark = () => {
    const [low, high] = view.from === null ? [1, 0] : drawn();
    [...view.bars.children].forEach((bar, index) => bar.classList.toggle("drawn", index >= low && index <= high));
  };
  view.bars.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    view.bars.setPointerCapture(event.pointerId);
    view.from = view.to = place(event);
    view.mark();
    view.say(null);
  });
  view.bars.addEventListener("pointermove", (event) => {
    const index = place(event);
    if (view.from !== null) {
      view.to = index;
      view.mark();
    }
    view.say(index);
  });
  view.bars.addEventListener("pointerup", () => {
    if (view.from === null) return;
    const [low, high] = drawn();
    view.from = view.to = null;
    view.mark();
    // Numbered: the same days once more, chosen before the page has answered, are another choice.
    view.sent += 1;
    view.send("span", `${view.data.bars[low].since}/${view.data.bars[high].until}/${view.sent}`);
  });
  view.bars.addEventListener("pointercancel", () => {
    view.from = view.to = null;
    view.mark();
    view.say(null);
  });
  view.bars.addEventListener("pointerleave", () => view.from === null && view.say(null));
  return view;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".timeline");
  const view = (root.view ??= startTimeline(root));
  view.send = setTriggerValue;
  view.data = data;
  root.setAttribute("aria-label", data.name);
  root.classList.toggle("open", !data.narrowed);
  const most = Math.max(1, ...data.bars.map((bar) => bar.items));
  view.bars.replaceChildren(...data.bars.map((bar) => {
    const column = document.createElement("i");
    column.classList.toggle("some", bar.items > 0);
    column.classList.toggle("within", bar.within);
    const filled = document.createElement("b");
    filled.style.height = `${(100 * bar.items) / most}%`;
    column.append(filled);
    return column;
  }));
  view.first.textContent = data.bars[0]?.first ?? "";
  view.last.textContent = data.bars.at(-1)?.last ?? "";
  view.say(null);
}
