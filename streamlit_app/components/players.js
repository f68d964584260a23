// What stands beside a sound and a film: a waveform and a spectrogram, and a strip of frames. A click seeks there.
const clock = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

// Asks for a preview until the store answers. What cannot be made is an error whose message says why.
async function fetchPreview(address, signal, waiting) {
  for (;;) {
    const answer = await fetch(address, { signal }).catch((error) => {
      if (signal.aborted) throw error;
      return null;
    });
    if (answer?.ok) return answer.json();
    if (answer && answer.status !== 503) throw new Error((await answer.text()).trim());
    waiting();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (signal.aborted) throw new DOMException("stopped", "AbortError");
  }
}

// Draws into `place` once what is asked for is there; `note` tells what is going on. Returns what stops it.
function placePreview(place, address, note, words, draw) {
  const stopping = new AbortController();
  note.textContent = words.making;
  fetchPreview(address, stopping.signal, () => { note.textContent = words.waiting; }).then((told) => {
    note.textContent = "";
    const stop = draw(told, place, note);
    stopping.signal.addEventListener("abort", stop);
  }).catch((error) => {
    if (!stopping.signal.aborted) note.textContent = words.none.replace("{reason}", error.message);
  });
  return () => stopping.abort();
}

function drawSound(player, { spectrogram, words }) {
  return (told, place, note) => {
    const total = told.drawn;
    if (told.drawn < told.seconds) note.textContent = words.first.replace("{time}", clock(told.drawn));
    const slider = part("div", "wave");
    slider.tabIndex = 0;
    slider.setAttribute("role", "slider");
    slider.setAttribute("aria-label", words.position);
    slider.setAttribute("aria-valuemin", 0);
    slider.setAttribute("aria-valuemax", total);
    const canvas = part("canvas");
    const heard = part("div", "heard");
    const picture = part("img", "spectrogram");
    picture.alt = words.spectrogram;
    picture.draggable = false;
    picture.src = spectrogram;
    heard.append(picture, part("span", "pitch high", `${told.highest / 1000} kHz`), part("span", "pitch low", "40 Hz"));
    picture.addEventListener("error", () => { heard.remove(); });
    const head = part("span", "playhead");
    slider.append(canvas, heard, head);

    const paint = () => {
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      const dots = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(width * dots)) Object.assign(canvas, { width: Math.round(width * dots), height: Math.round(height * dots) });
      const pen = canvas.getContext("2d");
      const colours = getComputedStyle(slider);
      const [played, ahead] = [colours.getPropertyValue("--played"), colours.getPropertyValue("--ahead")];
      const part_of = player.currentTime / total;
      const strongest = Math.max(1, ...told.high, ...told.low.map((value) => -value));
      pen.setTransform(dots, 0, 0, dots, 0, 0);
      pen.clearRect(0, 0, width, height);
      const each = width / told.high.length;
      told.high.forEach((high, at) => {
        pen.fillStyle = at / told.high.length < part_of ? played : ahead;
        const [top, low] = [high / strongest, told.low[at] / strongest];
        pen.fillRect(at * each, (height / 2) * (1 - top * 0.94), Math.max(each * 0.8, 0.6), Math.max(1, (height / 2) * (top - low) * 0.94));
      });
      head.style.left = `${Math.min(1, part_of) * 100}%`;
      slider.setAttribute("aria-valuenow", Math.min(total, player.currentTime).toFixed(1));
      slider.setAttribute("aria-valuetext", words.of.replace("{at}", clock(player.currentTime)).replace("{end}", clock(total)));
    };
    let frame = 0;
    const follow = () => {
      paint();
      frame = player.paused ? 0 : requestAnimationFrame(follow);
    };
    const seek = (time) => {
      player.currentTime = Math.max(0, Math.min(total, time));
      paint();
    };
    const toPointer = ({ clientX }) => {
      const box = slider.getBoundingClientRect();
      seek(((clientX - box.left) / box.width) * total);
    };
    slider.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      slider.setPointerCapture(event.pointerId);
      toPointer(event);
    });
    slider.addEventListener("pointermove", (event) => { if (slider.hasPointerCapture(event.pointerId)) toPointer(event); });
    slider.addEventListener("keydown", (event) => {
      const step = Math.min(5, total / 20);
      const wanted = { ArrowLeft: player.currentTime - step, ArrowRight: player.currentTime + step, Home: 0, End: total }[event.key];
      if (wanted !== undefined) seek(wanted);
      else if (event.key === " ") player.paused ? player.play() : player.pause();
      else return;
      event.preventDefault();
    });
    const events = { play: follow, timeupdate: paint, seeked: paint };
    for (const [name, act] of Object.entries(events)) player.addEventListener(name, act);
    const resized = new ResizeObserver(paint);
    place.replaceChildren(slider);
    resized.observe(slider);
    return () => {
      resized.disconnect();
      cancelAnimationFrame(frame);
      for (const [name, act] of Object.entries(events)) player.removeEventListener(name, act);
    };
  };
}

function drawFilm(player, { frames, words }) {
  return (told, place) => {
    const count = told.times.length;
    const strip = part("div", "strip");
    strip.setAttribute("role", "group");
    strip.setAttribute("aria-label", words.strip);
    strip.style.setProperty("--count", count);
    strip.style.setProperty("--shape", told.width / told.height);
    const buttons = told.times.map((time, at) => {
      const button = part("button", "still");
      button.type = "button";
      button.setAttribute("aria-label", words.goTo.replace("{time}", clock(time)));
      // Each shows its own part of the one picture that holds all frames.
      const picture = part("img", "cut");
      picture.alt = "";
      picture.draggable = false;
      picture.style.transform = `translateX(${(-at / count) * 100}%)`;
      picture.src = frames;
      button.append(picture, part("span", "at", clock(time)));
      button.addEventListener("click", () => { player.currentTime = time; });
      return button;
    });
    const mark = () => {
      const now = told.times.findLastIndex((time) => time <= player.currentTime + 0.05);
      buttons.forEach((button, at) => button.setAttribute("aria-current", String(at === Math.max(0, now))));
    };
    player.addEventListener("timeupdate", mark);
    player.addEventListener("seeked", mark);
    strip.append(...buttons);
    place.replaceChildren(strip);
    mark();
    return () => {
      player.removeEventListener("timeupdate", mark);
      player.removeEventListener("seeked", mark);
    };
  };
}
