// One asset, large. What comes from data reaches the page through textContent, setAttribute and src only.
async function copyText(text, near) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // A page that did not come by https has no clipboard, and the old way.
  const field = part("textarea", "to-copy");
  field.value = text;
  near.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

function copyButton(text, { name, className = "copy", label, words }) {
  const button = part("button", className, label ?? words.copy);
  button.type = "button";
  if (name) button.setAttribute("aria-label", words.copyOf.replace("{name}", name));
  button.addEventListener("click", async () => {
    await copyText(text, button.parentElement);
    button.textContent = words.copied;
    setTimeout(() => { button.textContent = label ?? words.copy; }, 1500);
  });
  return button;
}

function fillFacts(list, facts, words) {
  list.replaceChildren(...facts.flatMap(({ name, value, copy }) => {
    const said = part("dd", copy ? "long" : "", value);
    if (copy) said.append(copyButton(value, { name, words }));
    return [part("dt", "", name), said];
  }));
}

function link(className, href, words) {
  const made = part("a", className, words);
  made.setAttribute("href", href);
  made.setAttribute("rel", "noopener");
  return made;
}

// A link to a file. The store answers for itself, and what it says of an error would take the page's place.
function fileLink(view, className, href, text, { there, gone, notNow }) {
  const made = link(className, href, text);
  made.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const why = await whyNot(there);
    view.say({ gone, store: notNow }[why] ?? "", "file");
    if (why === "there") document.location.assign(href);
  });
  return made;
}

// What can be done with it: saved, linked to, opened on a page of its own.
function fillWays(view, place, { download, there, thumbnail, picture, page, own, words }) {
  const address = new URL(page, document.location.href).href;
  const { gone, noPreview, notNow } = words;
  place.replaceChildren(
    ...(download ? [fileLink(view, "way download", download, words.download, { there, gone, notNow })] : []),
    ...(thumbnail ? [fileLink(view, "way", thumbnail, words.thumbnail, { there: picture, gone: noPreview, notNow })] : []),
    copyButton(address, { className: "way", label: words.copyLink, words }),
    ...(own ? [] : [link("way", address, words.ownPage)]),
  );
}

function fillPlace(section, place, words) {
  section.hidden = !place;
  if (!place) return;
  section.querySelector("h3").textContent = words.place;
  section.querySelector(".map").replaceChildren(worldWith(place.latitude, place.longitude, place.map));
  section.querySelector(".where").replaceChildren(
    part("span", "", place.text),
    copyButton(place.plain, { name: words.coordinates, words }),
    link("geo", place.address, words.openMap),
  );
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

function placeStill(view, data, stage) {
  const frame = part("div", "frame");
  const surface = part("div", "surface");
  frame.append(surface);
  // The box has the picture's own shape before the picture comes, so that nothing jumps.
  if (data.ratio) frame.style.setProperty("--ratio", data.ratio);
  if (data.limit) frame.style.setProperty("--limit", `${data.limit}px`);
  view.picture = placePicture(surface, {
    src: data.picture,
    hash: data.hash,
    alt: data.title,
    eager: true,
    onTrouble: (why) => view.say({ gone: data.kind === "image" ? data.words.noPreview : "", store: data.words.noStore }[why] ?? ""),
  });
  stage.append(frame);
  return frame;
}

function placePlayer(view, data, stage) {
  const player = document.createElement(data.kind === "video" ? "video" : "audio");
  player.controls = true;
  player.preload = "metadata";
  player.playsInline = true;
  player.setAttribute("aria-label", data.title);
  if (data.kind === "video" && data.picture) player.poster = data.picture;
  let asked = false;
  const again = () => {
    if (player.isConnected) player.load();
  };
  player.addEventListener("error", async () => {
    const why = player.error?.code === MediaError.MEDIA_ERR_DECODE ? "there" : await whyNot(data.there);
    if (!player.isConnected) return;
    // A store that answers now may not have done so a moment ago.
    if (why === "store" || (why === "there" && !asked)) setTimeout(again, why === "store" ? RETRY_MS : 0);
    asked = why === "there";
    view.say({ gone: data.words.gone, store: data.words.noStore, there: data.words.cannotPlay }[why], "file");
  });
  player.addEventListener("loadedmetadata", () => view.say("", "file"));
  player.src = data.original;
  const beside = part("div", "beside");
  const note = part("p", "note");
  note.setAttribute("role", "status");
  if (data.kind === "audio") {
    beside.append(placeStill(view, data, part("div")));
    stage.append(beside, player, note);
    view.stopPreview = placePreview(beside, data.previews.peaks, note, data.words, drawSound(player, { spectrogram: data.previews.spectrogram, words: data.words }));
  } else {
    stage.append(player, beside, note);
    view.stopPreview = placePreview(beside, data.previews.times, note, data.words, drawFilm(player, { frames: data.previews.frames, words: data.words }));
  }
}

function stopMedia(view) {
  view.picture?.stop();
  view.stopPreview?.();
  view.picture = view.stopPreview = null;
}

// Of a picture there may be a preview only, which nobody would miss the file behind.
async function lookForFile(view, data) {
  if (data.kind !== "image" || !data.there) return;
  if ((await whyNot(data.there)) === "gone" && view.data.mark === data.mark) view.say(data.words.gone, "file");
}

function showMedia(view, data) {
  stopMedia(view);
  const stage = view.media;
  stage.replaceChildren();
  stage.className = `media ${data.kind}`;
  view.said.clear();
  view.say("");
  lookForFile(view, data);
  const frame = data.kind === "image" ? placeStill(view, data, stage) : null;
  view.zoom.show(frame, data.sharper, view.say);
  if (!frame && data.original) placePlayer(view, data, stage);
}

function startAsset(root, words) {
  const view = {
    stage: root.querySelector(".stage"),
    media: root.querySelector(".media"),
    trouble: root.querySelector(".trouble"),
    previous: root.querySelector(".previous"),
    next: root.querySelector(".next"),
    pictures: [],
    send: () => {},
  };
  view.said = new Map();
  // `about`: the picture that stands for the file, or the file itself.
  view.say = (text, about = "picture") => {
    view.said.set(about, text);
    // Said once, also when both lack the same.
    view.trouble.textContent = [...new Set(view.said.values())].filter(Boolean).join(" ");
    view.trouble.hidden = !view.trouble.textContent;
  };
  for (const [selector, text] of [
    [".previous", words.previous], [".next", words.next], [".about", words.about], [".zoom", words.zoom],
    [".closer", words.closer], [".farther", words.farther], [".fit", words.fit],
  ]) {
    const named = root.querySelector(selector);
    named.setAttribute("aria-label", text);
    if (named.matches(".zoom button")) named.title = text;
  }
  view.zoom = makeZoom(view.stage, root.querySelector(".zoom"), words);
  const go = (where) => { if (view.data[where]) view.send("go", view.data[where]); };
  view.previous.addEventListener("click", () => go("previous"));
  view.next.addEventListener("click", () => go("next"));
  view.onKey = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // A player uses the arrows to seek.
    if (event.composedPath().some((node) => node.matches?.("input, textarea, select, audio, video, [role=slider], [contenteditable=true]"))) return;
    if (view.zoom.key(event) || event.shiftKey) return;
    if (event.key === "ArrowLeft") go("previous");
    if (event.key === "ArrowRight") go("next");
  };
  document.addEventListener("keydown", view.onKey);
  return view;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".asset");
  const view = (root.view ??= startAsset(root, data.words));
  view.send = setTriggerValue;
  if (view.data?.mark !== data.mark) {
    root.querySelector(".title").textContent = data.title;
    root.querySelector(".chips").replaceChildren(...data.chips.map((text) => part("span", "chip", text)));
    fillWays(view, root.querySelector(".ways"), data);
    fillFacts(root.querySelector(".about > .facts"), data.facts, data.words);
    fillPlace(root.querySelector(".place"), data.place, data.words);
    fillFacts(root.querySelector(".exif .facts"), data.exif, data.words);
    root.querySelector(".exif h3").textContent = data.words.exif;
    root.querySelector(".exif").hidden = !data.exif.length;
    showMedia(view, data);
  }
  // Duplicates come a moment later, and change nothing else.
  const alike = JSON.stringify(data.alike);
  if (view.alike !== alike) root.querySelector(".alike").replaceChildren(...fillAlike(view, data.alike));
  view.alike = alike;
  view.data = data;
  view.previous.hidden = !data.previous;
  view.next.hidden = !data.next;
  return () => setTimeout(() => {
    if (root.isConnected) return;
    document.removeEventListener("keydown", view.onKey);
    stopMedia(view);
    view.zoom.stop();
    view.pictures.forEach((picture) => picture.stop());
  });
}
