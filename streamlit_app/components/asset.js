// One asset, large. What comes from data reaches the page through textContent, setAttribute and src only.
function part(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function copyButton(text, name) {
  const button = part("button", "copy", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy ${name}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return button;
}

function fillFacts(list, facts) {
  list.replaceChildren(...facts.flatMap(({ name, value, copy }) => {
    const said = part("dd", copy ? "long" : "", value);
    if (copy && navigator.clipboard) said.append(copyButton(value, name));
    return [part("dt", "", name), said];
  }));
}

// Pictures of what is the same or looks alike, each the way to it.
function fillAlike(view, groups) {
  view.pictures.forEach((picture) => picture.stop());
  view.pictures = [];
  return groups.map(({ name, items }) => {
    const section = part("section", "group");
    const list = part("ul", "twins");
    for (const item of items) {
      const button = part("button", "twin");
      button.type = "button";
      button.dataset.id = item.id;
      button.title = item.title;
      button.setAttribute("aria-label", `${item.title}, ${item.facts}`);
      button.addEventListener("click", () => view.send("go", item.id));
      const frame = part("span", "small-frame");
      const missing = part("span", "none", item.title);
      missing.hidden = true;
      view.pictures.push(placePicture(frame, {
        src: item.thumb, hash: item.hash, onTrouble: (why) => { missing.hidden = !why; },
      }));
      button.append(frame, missing, part("span", "facts-of", item.facts));
      const place = document.createElement("li");
      place.append(button);
      list.append(place);
    }
    section.append(part("h3", "", name), list);
    return section;
  });
}

const NO_STORE = "The file cannot be fetched: the object store does not answer. Trying again every few seconds.";

function showMedia(view, data) {
  view.picture?.stop();
  const stage = view.media;
  stage.replaceChildren();
  stage.className = `media ${data.kind}`;
  const say = (words) => {
    view.trouble.textContent = words;
    view.trouble.hidden = !words;
  };
  say("");
  const frame = part("div", "frame");
  if (data.kind !== "video") {
    // The box has the picture's own shape before the picture comes, so that nothing jumps.
    if (data.ratio) frame.style.setProperty("--ratio", data.ratio);
    if (data.limit) frame.style.setProperty("--limit", `${data.limit}px`);
    view.picture = placePicture(frame, {
      src: data.picture,
      hash: data.hash,
      alt: data.title,
      eager: true,
      onTrouble: (why) => say({ gone: data.kind === "image" ? "There is no preview of this picture. Download the original to see it." : "", store: NO_STORE }[why] ?? ""),
    });
    stage.append(frame);
  }
  if (data.kind === "image") return;
  const player = document.createElement(data.kind === "video" ? "video" : "audio");
  player.controls = true;
  player.preload = "metadata";
  player.playsInline = true;
  player.setAttribute("aria-label", data.title);
  if (data.kind === "video" && data.picture) player.poster = data.picture;
  player.addEventListener("error", () => {
    const refused = player.error?.code === MediaError.MEDIA_ERR_DECODE;
    say(refused
      ? "This browser cannot play the file. Download the original to play it elsewhere."
      : "The file cannot be played: the object store does not answer, or this browser does not know the format. Close and open it to try again, or download the original.");
  });
  player.addEventListener("loadedmetadata", () => say(""));
  player.src = data.original;
  stage.append(player);
}

function startAsset(root) {
  const view = {
    media: root.querySelector(".media"),
    trouble: root.querySelector(".trouble"),
    previous: root.querySelector(".previous"),
    next: root.querySelector(".next"),
    pictures: [],
    send: () => {},
  };
  const go = (where) => { if (view.data[where]) view.send("go", view.data[where]); };
  view.previous.addEventListener("click", () => go("previous"));
  view.next.addEventListener("click", () => go("next"));
  view.onKey = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // A player uses the arrows to seek.
    if (event.composedPath().some((node) => node.matches?.("input, textarea, audio, video"))) return;
    if (event.key === "ArrowLeft") go("previous");
    if (event.key === "ArrowRight") go("next");
  };
  document.addEventListener("keydown", view.onKey);
  return view;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".asset");
  const view = (root.view ??= startAsset(root));
  view.send = setTriggerValue;
  if (view.data?.id !== data.id) {
    root.querySelector(".title").textContent = data.title;
    root.querySelector(".chips").replaceChildren(...data.chips.map((text) => part("span", "chip", text)));
    root.querySelector(".download").href = data.download;
    fillFacts(root.querySelector(".about > .facts"), data.facts);
    fillFacts(root.querySelector(".exif .facts"), data.exif);
    root.querySelector(".exif").hidden = !data.exif.length;
    root.querySelector(".alike").replaceChildren(...fillAlike(view, data.alike));
    showMedia(view, data);
  }
  view.data = data;
  view.previous.hidden = !data.previous;
  view.next.hidden = !data.next;
  return () => setTimeout(() => {
    if (root.isConnected) return;
    document.removeEventListener("keydown", view.onKey);
    view.picture?.stop();
    view.pictures.forEach((picture) => picture.stop());
  });
}
