// The table's states as a line: a click compares one with the one before it, a drag or Shift and a click several.
function startHistory(root) {
  const view = { line: root.querySelector(".line"), said: root.querySelector(".said"), from: null, to: null, active: 0, sent: 0, shown: null, send: () => {} };
  const index = (event) => {
    const place = event.target.closest?.("li");
    return place ? [...view.line.children].indexOf(place) : -1;
  };
  const usable = (at) => at > 0 && !view.data.states[at].first;
  view.say = (at) => {
    view.said.textContent = at === null || at < 0 ? view.data.chosen : view.data.states[at].said;
  };
  view.mark = () => {
    const [low, high] = view.from === null ? [1, 0] : [Math.min(view.from, view.to), Math.max(view.from, view.to)];
    view.buttons.forEach((button, at) => button.classList.toggle("drawn", at >= low && at <= high));
  };
  view.choose = (one, other) => {
    const low = Math.min(one, other);
    const high = Math.max(one, other);
    if (!usable(low)) return;
    // Numbered: the same choice once more, made before the page has answered, is another one.
    view.sent += 1;
    view.send("span", `${view.data.states[low - 1].id}/${view.data.states[high].id}/${view.sent}`);
  };
  view.activate = (at, focus) => {
    view.active = Math.max(0, Math.min(view.buttons.length - 1, at));
    view.buttons.forEach((button, place) => { button.tabIndex = place === view.active ? 0 : -1; });
    if (focus) view.buttons[view.active]?.focus();
  };
  view.line.addEventListener("click", (event) => {
    const at = index(event);
    if (at < 0) return;
    view.activate(at, false);
    if (event.shiftKey && view.anchor !== undefined) view.choose(view.anchor, at);
    else {
      view.anchor = at;
      view.choose(at, at);
    }
  });
  view.line.addEventListener("pointerdown", (event) => {
    // A finger scrolls the line.
    if (event.button !== 0 || event.pointerType === "touch" || event.shiftKey || !usable(index(event))) return;
    view.from = view.to = index(event);
  });
  view.line.addEventListener("pointerover", (event) => {
    const at = index(event);
    if (view.from !== null && usable(at)) {
      view.to = at;
      view.mark();
    }
    view.say(at);
  });
  view.onUp = () => {
    if (view.from === null) return;
    const [from, to] = [view.from, view.to];
    view.from = view.to = null;
    view.mark();
    if (from !== to) view.choose(from, to);
  };
  window.addEventListener("pointerup", view.onUp);
  view.line.addEventListener("pointerleave", () => view.from === null && view.say(null));
  view.line.addEventListener("focusin", (event) => {
    view.activate(index(event), false);
    view.say(index(event));
  });
  view.line.addEventListener("focusout", () => view.say(null));
  view.line.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = view.buttons.length - 1;
    const target = { ArrowLeft: view.active - 1, ArrowRight: view.active + 1, Home: 0, End: last }[event.key];
    if (target === undefined) return;
    view.activate(target, true);
    event.preventDefault();
    event.stopPropagation();
  });
  return view;
}

function makeState(state) {
  const place = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = `state ${state.look}`;
  button.dataset.id = state.id;
  button.setAttribute("aria-label", state.said);
  button.disabled = state.first;
  const glyph = document.createElement("i");
  glyph.setAttribute("aria-hidden", "true");
  glyph.textContent = state.glyph;
  const bar = document.createElement("b");
  bar.style.height = `${Math.round(48 * state.share)}px`;
  button.append(glyph, bar);
  const rail = document.createElement("div");
  rail.className = "rail";
  rail.append(document.createElement("u"));
  const day = document.createElement("div");
  day.className = "day";
  day.textContent = state.day;
  place.append(button, rail, day);
  return place;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".history");
  const view = (root.view ??= startHistory(root));
  view.send = setTriggerValue;
  view.data = data;
  view.line.setAttribute("aria-label", data.name);
  const shown = JSON.stringify(data.states.map((state) => [state.id, state.said]));
  const first = view.shown === null;
  if (view.shown !== shown) {
    view.shown = shown;
    view.line.replaceChildren(...data.states.map(makeState));
    view.buttons = [...view.line.querySelectorAll(".state")];
  }
  const places = [...view.line.children];
  data.states.forEach((state, at) => {
    const within = data.low !== null && at > data.low && at <= data.high;
    places[at].classList.toggle("within", within);
    places[at].classList.toggle("from", at === data.low);
    places[at].classList.toggle("to", at === data.high);
    view.buttons[at].classList.toggle("within", within);
    view.buttons[at].setAttribute("aria-pressed", String(within));
  });
  if (first) {
    view.activate(data.high ?? data.states.length - 1, false);
    view.line.scrollLeft = (places[data.high ?? places.length - 1]?.offsetLeft ?? 0) - view.line.clientWidth / 2;
  }
  view.say(null);
  return () => setTimeout(() => {
    if (!root.isConnected) window.removeEventListener("pointerup", view.onUp);
  });
}
