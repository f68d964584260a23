// A picture that can be looked at closely: wheel, pinch, drag, double click, keys and buttons. Fitted, it is once as large.
const CLOSEST = 40;
const STEP = 1.5;
const DOUBLE = 2.5;

function makeZoom(stage, tools, words) {
  const look = { scale: 1, x: 0, y: 0, frame: null, sharp: null, original: null, asked: false, held: new Map(), gap: 0 };
  const label = tools.querySelector(".how-close");
  const which = tools.querySelector(".which");
  const buttons = Object.fromEntries(["closer", "farther", "fit"].map((name) => [name, tools.querySelector(`.${name}`)]));
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  const most = () => {
    const shown = look.frame?.offsetWidth || 1;
    // As far as each of the original's pixels is eight of the screen's, and never less than four times.
    return look.frame ? Math.min(CLOSEST, Math.max(4, ((look.original?.width || 0) * 8) / shown)) : 1;
  };

  function paint(smooth) {
    if (!look.frame) return;
    const surface = look.frame.firstElementChild;
    for (const [axis, size, room] of [["x", look.frame.offsetWidth, stage.clientWidth], ["y", look.frame.offsetHeight, stage.clientHeight]]) {
      const over = Math.max(0, (size * look.scale - room) / 2);
      look[axis] = Math.max(-over, Math.min(over, look[axis]));
    }
    surface.classList.toggle("smooth", Boolean(smooth) && !still.matches);
    surface.style.transform = look.scale === 1 ? "" : `translate(${look.x}px, ${look.y}px) scale(${look.scale})`;
    stage.classList.toggle("close", look.scale > 1);
    label.textContent = words.times.replace("{factor}", look.scale.toFixed(look.scale < 10 ? 1 : 0));
    buttons.closer.disabled = look.scale >= most();
    buttons.farther.disabled = buttons.fit.disabled = look.scale <= 1;
    sharpen();
  }

  function state(name, text) {
    tools.dataset.state = name;
    which.textContent = text;
  }

  // The preview has 1440 pixels at most: beyond them, the original itself is fetched, once.
  function sharpen() {
    const preview = look.frame.querySelector("img.here:not(.sharp)");
    if (look.asked || !preview || !look.original?.src || look.original.width <= preview.naturalWidth) return;
    if (look.frame.offsetWidth * look.scale * window.devicePixelRatio <= preview.naturalWidth * 1.05) return;
    look.asked = true;
    const frame = look.frame;
    const image = document.createElement("img");
    image.className = "sharp";
    image.alt = "";
    image.draggable = false;
    image.decoding = "async";
    state("loading", words.loading);
    image.addEventListener("load", () => {
      if (look.frame !== frame) return;
      image.classList.add("here");
      state("original", words.original);
    });
    image.addEventListener("error", () => {
      if (look.frame !== frame) return;
      image.remove();
      state("preview", words.preview);
      look.say(words.noOriginal);
    });
    image.src = look.original.src;
    frame.firstElementChild.append(image);
  }

  // Zooms so that the place under (left, top), from the stage's middle, stays where it is.
  function to(scale, left = 0, top = 0, smooth = false) {
    const wanted = Math.max(1, Math.min(most(), scale));
    const ratio = wanted / look.scale;
    look.x = left - (left - look.x) * ratio;
    look.y = top - (top - look.y) * ratio;
    look.scale = wanted < 1.02 ? 1 : wanted;
    paint(smooth);
  }

  const fromMiddle = ({ clientX, clientY }) => {
    const box = stage.getBoundingClientRect();
    return [clientX - box.left - box.width / 2, clientY - box.top - box.height / 2];
  };
  const between = () => {
    const [one, two] = [...look.held.values()];
    return { clientX: (one.clientX + two.clientX) / 2, clientY: (one.clientY + two.clientY) / 2, gap: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) };
  };
  const onPicture = (event) => look.frame && !event.target.closest("button, a");

  stage.addEventListener("wheel", (event) => {
    if (!look.frame || (look.scale === 1 && event.deltaY >= 0)) return; // the page scrolls on
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : 1;
    to(look.scale * Math.exp((-event.deltaY * lines) / (event.ctrlKey ? 100 : 400)), ...fromMiddle(event));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => {
    if (!onPicture(event)) return;
    event.preventDefault();
    to(look.scale > 1 ? 1 : DOUBLE, ...fromMiddle(event), true);
  });
  stage.addEventListener("pointerdown", (event) => {
    if (!onPicture(event) || event.button > 0) return;
    look.held.set(event.pointerId, event);
    if (look.held.size === 2) look.gap = between().gap;
    if (look.scale > 1 || look.held.size === 2) stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = look.held.get(event.pointerId);
    if (!before || !look.frame) return;
    if (look.held.size === 2) {
      const was = between();
      look.held.set(event.pointerId, event);
      const now = between();
      look.x += now.clientX - was.clientX;
      look.y += now.clientY - was.clientY;
      to((look.scale * now.gap) / (was.gap || 1), ...fromMiddle(now));
      return;
    }
    look.held.set(event.pointerId, event);
    if (look.scale === 1) return;
    look.x += event.clientX - before.clientX;
    look.y += event.clientY - before.clientY;
    paint();
  });
  for (const over of ["pointerup", "pointercancel", "lostpointercapture"]) {
    stage.addEventListener(over, (event) => look.held.delete(event.pointerId));
  }
  buttons.closer.addEventListener("click", () => to(look.scale * STEP, 0, 0, true));
  buttons.farther.addEventListener("click", () => to(look.scale / STEP, 0, 0, true));
  buttons.fit.addEventListener("click", () => to(1, 0, 0, true));
  const resized = new ResizeObserver(() => paint());
  resized.observe(stage);

  return {
    // Another picture, or none; `original`: {src, width} of what is sharper than it, if there is any.
    show(frame, original, say) {
      Object.assign(look, { scale: 1, x: 0, y: 0, frame, original, say, asked: false });
      look.held.clear();
      state("preview", "");
      tools.hidden = !frame;
      stage.classList.toggle("zooms", Boolean(frame));
      stage.classList.remove("close");
      if (frame) paint();
    },
    // Returns whether the key was one of ours.
    key(event) {
      if (!look.frame) return false;
      const move = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (event.key === "+" || event.key === "=") to(look.scale * STEP, 0, 0, true);
      else if (event.key === "-" || event.key === "_") to(look.scale / STEP, 0, 0, true);
      else if (event.key === "0") to(1, 0, 0, true);
      else if (move && event.shiftKey && look.scale > 1) {
        look.x += (move[0] * stage.clientWidth) / 8;
        look.y += (move[1] * stage.clientHeight) / 8;
        paint(true);
      } else return false;
      event.preventDefault();
      return true;
    },
    stop() { resized.disconnect(); },
  };
}
