// Search, filters, theme, lines that light up, copy buttons. Everything else works without.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  const top_ = document.body.dataset.top;
  const KINDS = { metric: "metric", dimension: "dimension", dataset: "dataset", view: "view", dashboard: "dashboard" };
  const RANK = { metric: 5, dashboard: 4, view: 3, dataset: 2, dimension: 0 };
  const plain = (text) => text.normalize("NFKC").toLowerCase().replaceAll("_", " ");

  // Theme
  const theme = $("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
  const sayTheme = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Change to the ${isDark() ? "light" : "dark"} theme`);
  };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("lakefront-theme", root.dataset.theme);
    } catch {
      // Then it is kept for this page only.
    }
    sayTheme();
  });
  systemDark.addEventListener("change", sayTheme);
  sayTheme();

  // Search
  const input = $("search");
  const list = $("results");
  const status = $("status");
  const popup = list.closest(".popup");
  const filters = $("filters");
  const entries = window.lakefrontIndex.map(([type, name, label, text, href, synonyms, model, owner, certified, within]) => ({
    type, name, label, text, href, synonyms, model, owner, certified, within,
    fields: [
      [10, plain(label)], [10, plain(name)], ...synonyms.map((word) => [8, plain(word)]),
      [3, plain(within)], [2, plain(text)], [1, plain(model)], [1, plain(owner)],
    ],
  }));

  const scoreOf = (entry, words) => {
    let total = 0;
    for (const word of words) {
      let best = 0;
      for (const [weight, field] of entry.fields) {
        const at = field.indexOf(word);
        if (at < 0) continue;
        const whole = field === word ? 4 : at === 0 ? 2.5 : field[at - 1] === " " ? 2 : 1;
        best = Math.max(best, weight * whole);
      }
      if (!best) return 0;
      total += best;
    }
    return total + RANK[entry.type] / 2 + (entry.certified ? 0.5 : 0);
  };

  const distance = (a, b) => {
    let row = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++)
        next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      row = next;
    }
    return row[b.length];
  };
  const nearest = (text) => {
    let best = null;
    let least = Math.max(1, Math.floor(text.length / 3)) + 1;
    for (const entry of entries)
      for (const word of [entry.label, entry.name, ...entry.synonyms]) {
        const away = distance(text, plain(word));
        if (away < least) [best, least] = [word, away];
      }
    return best;
  };

  const marked = (tag, text, words) => {
    const made = document.createElement(tag);
    const lower = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      let from = -1;
      let found = "";
      for (const word of words) {
        const place = lower.indexOf(word, at);
        if (place >= 0 && (from < 0 || place < from || (place === from && word.length > found.length))) [from, found] = [place, word];
      }
      if (from < 0) break;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, from + found.length);
      made.append(text.slice(at, from), mark);
      at = from + found.length;
    }
    made.append(text.slice(at));
    return made;
  };
  const badge = (text, kind) => {
    const made = document.createElement("span");
    made.className = `badge ${kind}`;
    made.textContent = text;
    return made;
  };
  const drawn = (entry, words) => {
    const link = document.createElement("a");
    link.href = top_ + entry.href;
    const name = entry.within ? `${entry.within}.${entry.name}` : entry.name;
    link.append(badge(KINDS[entry.type], ""), marked("b", entry.label, words));
    if (name !== entry.label) link.append(marked("code", name, words));
    if (entry.certified) link.append(badge(`✓ ${entry.certified}`, "good"));
    const text = marked("span", entry.text, words);
    text.className = "text";
    link.append(text);
    const known = entry.synonyms.filter((word) => words.some((part) => plain(word).includes(part)));
    if (known.length) {
      const also = marked("span", `Also known as ${known.join(", ")}`, words);
      also.className = "text";
      link.append(also);
    }
    const item = document.createElement("li");
    item.append(link);
    return item;
  };

  const state = () => ({
    q: input.value.trim(),
    type: filters?.querySelector("[aria-pressed=true]").dataset.type ?? "",
    model: $("model")?.value ?? "",
    owner: $("owner")?.value ?? "",
    certified: $("certified")?.checked ? "yes" : "",
  });
  const search = () => {
    const now = state();
    const words = plain(now.q).split(/\s+/).filter(Boolean);
    const active = Object.values(now).some(Boolean);
    if (filters) {
      const kept = new URLSearchParams(Object.entries(now).filter(([, value]) => value)).toString();
      history.replaceState(null, "", kept ? `#${kept}` : location.pathname + location.search);
      $("browse").hidden = active;
      $("clear").hidden = !active;
    } else popup.hidden = !active;
    list.hidden = !active;
    if (!active) {
      list.replaceChildren();
      status.textContent = "";
      return;
    }
    const fits = (entry) =>
      (!now.model || entry.model === now.model) && (!now.owner || entry.owner === now.owner) && (!now.certified || entry.certified);
    const scored = entries.filter(fits).map((entry) => [words.length ? scoreOf(entry, words) : 1, entry]).filter(([score]) => score);
    for (const button of filters?.querySelectorAll("[data-type]") ?? []) {
      const kind = button.dataset.type;
      button.querySelector(".count").textContent = scored.filter(([, entry]) => !kind || entry.type === kind).length;
    }
    const found = scored.filter(([, entry]) => !now.type || entry.type === now.type);
    found.sort(([a], [b]) => b - a);
    const most = popup ? 8 : 200;
    list.replaceChildren(...found.slice(0, most).map(([, entry]) => drawn(entry, words)));
    const guess = found.length || !now.q ? null : nearest(plain(now.q));
    status.textContent = found.length
      ? `${found.length} found${found.length > most ? `, the first ${most} shown` : ""}`
      : `Nothing is called that here${guess ? `. Did you mean “${guess}”?` : "; try fewer words or loosen the filters"}`;
    if (popup && found.length > most) {
      const all = document.createElement("a");
      all.href = `${top_}index.html#q=${encodeURIComponent(now.q)}`;
      all.textContent = "Show all";
      const item = document.createElement("li");
      item.append(all);
      list.append(item);
    }
  };
  const restore = () => {
    const kept = new URLSearchParams(location.hash.slice(1));
    input.value = kept.get("q") ?? "";
    for (const id of ["model", "owner"]) $(id).value = kept.get(id) ?? "";
    $("certified").checked = kept.has("certified");
    for (const button of filters.querySelectorAll("[data-type]"))
      button.setAttribute("aria-pressed", String(button.dataset.type === (kept.get("type") ?? "")));
    search();
  };
  const clear = () => {
    history.replaceState(null, "", location.pathname + location.search);
    const counts = (kind) => entries.filter((entry) => !kind || entry.type === kind).length;
    for (const button of filters.querySelectorAll("[data-type]")) button.querySelector(".count").textContent = counts(button.dataset.type);
    restore();
  };

  input.disabled = false;
  input.addEventListener("input", search);
  if (filters) {
    filters.hidden = false;
    filters.addEventListener("change", search);
    filters.addEventListener("submit", (event) => event.preventDefault());
    for (const button of filters.querySelectorAll("[data-type]"))
      button.addEventListener("click", () => {
        for (const other of filters.querySelectorAll("[data-type]")) other.setAttribute("aria-pressed", String(other === button));
        search();
      });
    $("clear").addEventListener("click", () => { clear(); input.focus(); });
    addEventListener("hashchange", restore);
    restore();
  } else {
    input.addEventListener("focus", search);
    document.addEventListener("click", (event) => { if (!event.target.closest(".search")) popup.hidden = true; });
  }

  // Keys: / to the search, arrows through what it found, Enter opens, Escape goes back.
  const step = (links, way) => {
    const at = links.indexOf(document.activeElement) + way;
    (at < 0 ? input : links[Math.min(at, links.length - 1)])?.focus();
  };
  document.addEventListener("keydown", (event) => {
    const here = document.activeElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(here.tagName)) {
      event.preventDefault();
      input.focus();
      input.select();
      return;
    }
    const links = [...list.querySelectorAll("a")];
    if (here !== input && !links.includes(here)) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (here === input && event.key === "ArrowUp") return;
      event.preventDefault();
      step(links, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && here === input && links.length) links[0].click();
    else if (event.key === "Escape") {
      if (here === input) {
        input.value = "";
        search();
      } else input.focus();
    }
  });

  // Pictures: a box lights up all that leads to it and all that it leads to.
  for (const svg of document.querySelectorAll(".picture svg")) {
    const edges = [...svg.querySelectorAll(".edge")];
    const box = (port) => port.split("#")[0];
    const walk = (from, here, there) => {
      const seen = new Set(from);
      const queue = [...from];
      while (queue.length) {
        const port = queue.pop();
        for (const edge of edges)
          if (edge.dataset[here] === port || (!port.includes("#") && box(edge.dataset[here]) === port)) {
            edge.classList.add("on");
            if (!seen.has(edge.dataset[there])) {
              seen.add(edge.dataset[there]);
              queue.push(edge.dataset[there]);
            }
          }
      }
      return seen;
    };
    const trace = (port) => {
      clearTrace();
      const reached = new Set([...walk([port], "from", "to"), ...walk([port], "to", "from")].map(box));
      for (const node of svg.querySelectorAll(".node")) node.classList.toggle("on", reached.has(node.dataset.node));
      svg.classList.add("traced");
    };
    const clearTrace = () => {
      svg.classList.remove("traced");
      for (const part of svg.querySelectorAll(".on")) part.classList.remove("on");
    };
    for (const part of svg.querySelectorAll("[data-port]")) {
      part.addEventListener("pointerenter", () => trace(part.dataset.port));
      part.addEventListener("focus", () => trace(part.dataset.port));
      part.addEventListener("pointerleave", clearTrace);
      part.addEventListener("blur", clearTrace);
    }
  }

  // Copy buttons
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
  }
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
})();
