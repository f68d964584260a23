// What the document around the pages is told: its language, Streamlit's own words in it, and what is no step of its own
// in the browser's history.
const page = globalThis.document;
// Where Streamlit says something in its own words; what stands elsewhere is a page's.
const ITS_OWN = '[data-testid^="stFileUploader"], [data-testid="InputInstructions"], [role="listbox"], [role="option"], '
  + '[data-testid="stTopNavSection"], .rc-overflow-item-rest, [data-testid="stSkipToContent"]';
const NAMES = ["aria-label", "title", "placeholder", "alt"];
const FIELD = /\{(\w+)\}/g;

function formOf(text, said) {
  const names = [...text.matchAll(FIELD)].map(([, name]) => name);
  const pieces = text.split(FIELD).filter((_, index) => index % 2 === 0);
  const escaped = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return { pattern: new RegExp(`^${escaped.join("(.+)")}$`, "u"), names, said };
}

function startWords() {
  const view = { forms: [], kept: new WeakMap() };
  // `was` is what is there, `put` what was put in its place: whoever reads another language gets the first one back.
  const change = (owner, name, there, put) => {
    const before = view.kept.get(owner)?.[name];
    const was = before?.put === there ? before.was : there;
    const form = view.forms.find(({ pattern }) => pattern.test(was));
    const values = form ? was.match(form.pattern).slice(1) : [];
    const words = form ? form.said.replace(FIELD, (_, field) => values[form.names.indexOf(field)]) : was;
    if (form || before) view.kept.set(owner, { ...view.kept.get(owner), [name]: { was, put: words } });
    if (words !== there) put(words);
  };
  const text = (node) => {
    if (node.parentElement?.closest(ITS_OWN)) change(node, "text", node.data, (words) => { node.data = words; });
  };
  const names = (element) => NAMES.filter((name) => element.hasAttribute(name)).forEach((name) => {
    if (!element.matches('nav, button, [role="button"], input, [role="dialog"] *, .stLogo, .stSidebar') && !element.closest(ITS_OWN)) return;
    change(element, name, element.getAttribute(name), (words) => element.setAttribute(name, words));
  });
  view.walk = (root) => {
    if (root.nodeType === Node.TEXT_NODE) text(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return;
    names(root);
    const each = page.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    while (each.nextNode()) (each.currentNode.nodeType === Node.TEXT_NODE ? text : names)(each.currentNode);
  };
  new MutationObserver((records) => records.forEach((record) => {
    if (record.type === "childList") record.addedNodes.forEach(view.walk);
    else if (record.type === "characterData") text(record.target);
    else names(record.target);
  })).observe(page.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: NAMES,
  });
  return view;
}

function withoutKept(address, kept) {
  const found = new URL(address, page.baseURI);
  kept.forEach((name) => found.searchParams.delete(name));
  found.searchParams.sort();
  return found.href;
}

// Streamlit puts what every page keeps into an address after it has gone there: a second step back to the same page.
function startSteps() {
  const { history } = globalThis;
  const view = { kept: [] };
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    const same = address && withoutKept(address, view.kept) === withoutKept(page.location.href, view.kept);
    (same ? history.replaceState.bind(history) : push)(state, title, address);
  };
  return view;
}

export default function ({ data }) {
  // Once a document: pages come and go, and this with them.
  const view = (page.lakefront ??= { words: startWords(), steps: startSteps() });
  page.documentElement.lang = data.language;
  view.steps.kept = data.kept;
  const told = JSON.stringify(data.words);
  if (view.told === told) return;
  view.told = told;
  view.words.forms = Object.entries(data.words).map(([text, said]) => formOf(text, said));
  view.words.walk(page.body);
}
