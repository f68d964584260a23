// A download that its page can follow. It is asked for by a form: a query may be longer than an address, and a permit is
// to be in no log. The form's answer goes to a frame that nobody sees, so that an error never takes the page's place.
function startDownload({ token, what, run }) {
  const frame = document.createElement("iframe");
  frame.name = `lakefront-export-${run}`;
  frame.hidden = true;
  frame.title = "";
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/api/export/file";
  form.target = frame.name;
  form.hidden = true;
  for (const [name, value] of Object.entries({ token, what, run })) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(frame, form);
  form.submit();
  form.remove();
}

// What the server says of it; null where it does not know it, undefined where it does not answer.
async function askProgress({ token, run }) {
  try {
    const answer = await fetch("/api/export/progress", { method: "POST", body: new URLSearchParams({ token, run, lang: document.documentElement.lang }) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return undefined;
  }
}

function part(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
