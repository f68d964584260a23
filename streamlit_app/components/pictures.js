// A picture that is never missing: its blurred placeholder at once, itself when it comes, words when it does not.
const RETRY_MS = 5000;

function part(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

// Why there is no file: "there" (it is not the store's fault), "gone", or "store" when that does not answer.
async function whyNot(address) {
  const status = await fetch(address, { cache: "no-store" }).then((answer) => answer.status, () => 503);
  return status < 300 ? "there" : status === 404 ? "gone" : "store";
}

// Fills `frame` with a canvas and an img. `onTrouble("gone" | "store" | null)` tells why there is no picture, if so.
function placePicture(frame, { src, hash, alt = "", eager = false, onTrouble = () => {} }) {
  const canvas = document.createElement("canvas");
  canvas.className = "blur";
  canvas.setAttribute("aria-hidden", "true");
  if (paintBlurhash(canvas, hash)) frame.append(canvas);
  if (!src) {
    onTrouble("gone");
    return { stop() {} };
  }
  const image = document.createElement("img");
  image.alt = alt;
  image.decoding = "async";
  image.draggable = false;
  if (!eager) image.loading = "lazy";
  let timer = 0;
  let stopped = false;
  image.addEventListener("load", () => {
    image.classList.add("here");
    onTrouble(null);
  });
  image.addEventListener("error", async () => {
    if (stopped) return;
    // An img does not tell why it failed; the same address, asked plainly, does.
    const status = await fetch(src, { cache: "no-store" }).then((r) => r.status, () => 503);
    if (stopped) return;
    onTrouble(status === 404 ? "gone" : "store");
    if (status !== 404) timer = setTimeout(() => { image.src = ""; image.src = src; }, status === 200 ? 0 : RETRY_MS);
  });
  image.src = src;
  if (image.complete && image.naturalWidth) image.classList.add("here", "at-once");
  frame.append(image);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
