// What the document around the pages is told: its language. What every page keeps of an address (who looks, the language)
// is no step of its own in the browser's history.
const document_ = globalThis.document;

function withoutKept(address, kept) {
  const found = new URL(address, document_.baseURI);
  kept.forEach((name) => found.searchParams.delete(name));
  found.searchParams.sort();
  return found.href;
}

// Streamlit puts them into an address after it has gone there, which would be a second step back to the same page.
function keepSteps() {
  const { history } = globalThis;
  if (history.lakefrontKept) return;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    const kept = history.lakefrontKept;
    const same = address && withoutKept(address, kept) === withoutKept(document_.location.href, kept);
    if (same) history.replaceState(state, title, address);
    else push(state, title, address);
  };
}

export default function ({ data }) {
  document_.documentElement.lang = data.language;
  keepSteps();
  globalThis.history.lakefrontKept = data.kept;
}
