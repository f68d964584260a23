// A dashboard in a frame. Superset's page waits for a port, then takes messages of its switchboard on it:
// {switchboardAction: "emit" | "get", method, args, messageId?}, and answers {switchboardAction: "reply", messageId, result}.
// What comes from outside reaches the page through textContent and numbers only.
const COMMS = "__embedded_comms__";
// The frame may run its own scripts and keep its own storage, send forms (downloads), and open what is clicked in a new tab.
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox";
const SLOW_MS = 15000;
const SETTLE_MS = 700;
const LEAST_HEIGHT = 480;
const MOST_HEIGHT = 12000;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function isDark(node) {
  const [red, green, blue] = (getComputedStyle(node).color.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

function makePort(port) {
  let number = 0;
  const waiting = new Map();
  port.onmessage = ({ data }) => {
    if (typeof data !== "object" || data === null || !waiting.has(data.messageId)) return;
    if (data.switchboardAction === "reply" || data.switchboardAction === "error") {
      waiting.get(data.messageId)(data.switchboardAction === "reply" ? data.result : null);
      waiting.delete(data.messageId);
    }
  };
  return {
    emit: (method, args) => port.postMessage({ switchboardAction: "emit", method, args }),
    get: (method, args) => {
      const messageId = `m${number += 1}`;
      port.postMessage({ switchboardAction: "get", method, args, messageId });
      return Promise.race([new Promise((done) => { waiting.set(messageId, done); }), wait(3000).then(() => null)]);
    },
    close: () => port.close(),
  };
}

function say(view, words, trouble = false) {
  view.notice.textContent = words;
  view.notice.hidden = !words;
  view.notice.classList.toggle("trouble", trouble);
}

function followLook(view) {
  if (!view.port) return;
  const mode = isDark(view.look) ? "dark" : "default";
  if (mode === view.mode) return;
  view.mode = mode;
  view.port.emit("setThemeMode", { mode });
}

// As high as the dashboard, so that there is one scroll bar: asked until it is drawn, then now and then for tabs.
async function followHeight(view, frame) {
  let steady = 0;
  while (view.frame === frame && frame.isConnected) {
    const size = document.hidden ? null : await view.port.get("getScrollSize");
    const height = Math.min(Math.max(Number(size?.height) || 0, LEAST_HEIGHT), MOST_HEIGHT);
    if (size && Number(size.height) > 0) {
      steady = height === view.height ? steady + 1 : 0;
      if (steady === 0) {
        view.height = height;
        frame.style.height = `${height}px`;
      }
      if (steady === 2 && !view.root.classList.contains("ready")) show(view);
    }
    await wait(steady > 6 ? 4 * SETTLE_MS : SETTLE_MS);
  }
}

function show(view) {
  view.root.classList.add("ready");
  say(view, "");
}

function connect(view, frame, data) {
  view.port?.close();
  const channel = new MessageChannel();
  view.port = makePort(channel.port1);
  view.mode = null;
  frame.contentWindow.postMessage({ type: COMMS, handshake: "port transfer" }, data.origin, [channel.port2]);
  view.port.emit("guestToken", { guestToken: view.token });
  followLook(view);
  followHeight(view, frame);
}

function open(view, data) {
  view.frame?.remove();
  view.root.classList.remove("ready");
  view.height = 0;
  say(view, data.words.opening);
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", SANDBOX);
  // Superset shows a dashboard only in pages of the origins that its file names.
  frame.referrerPolicy = "origin";
  frame.title = data.title;
  frame.style.height = `${LEAST_HEIGHT}px`;
  frame.addEventListener("load", () => {
    if (view.frame === frame) connect(view, frame, data);
  });
  frame.src = `${data.origin}/embedded/${encodeURIComponent(data.uuid)}?uiConfig=1`;
  view.frame = frame;
  view.root.append(frame);
  setTimeout(() => {
    if (view.frame === frame && !view.root.classList.contains("ready")) say(view, data.words.slow, true);
  }, SLOW_MS);
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".embedded");
  const view = (root.view ??= { root, notice: root.querySelector(".notice"), look: root.querySelector(".look") });
  view.token = data.token;
  // Another person or dashboard is another frame: nothing that one person was shown stays for the next.
  const shown = JSON.stringify([data.origin, data.uuid, data.person]);
  if (view.shown !== shown) {
    view.shown = shown;
    open(view, data);
    view.look.ontransitionend = () => followLook(view);
  } else {
    view.port?.emit("guestToken", { guestToken: data.token });
    followLook(view);
  }
  return () => setTimeout(() => {
    if (root.isConnected) return;
    view.port?.close();
    view.frame = null;
  });
}
