// The formats of an export. What comes from data reaches the page through textContent and setAttribute only.
export default function ({ parentElement, data, setTriggerValue }) {
  const list = parentElement.querySelector(".offers");
  list.setAttribute("aria-label", data.label);
  const focused = [...list.querySelectorAll("button")].findIndex((button) => button.matches(":focus"));
  list.replaceChildren(...data.offers.map((offer) => {
    const place = part("li");
    const button = part("button", "offer");
    button.type = "button";
    button.dataset.format = offer.format;
    button.append(part("span", "name", offer.name), part("span", "size", offer.size), part("span", "what", offer.what));
    if (offer.barred) {
      button.disabled = true;
      place.append(button, part("p", "barred", offer.barred));
      return place;
    }
    button.addEventListener("click", () => {
      const run = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
      startDownload({ token: offer.token, what: data.what, run });
      setTriggerValue("begin", JSON.stringify({ token: offer.token, run, words: offer.name }));
    });
    place.append(button);
    return place;
  }));
  if (focused >= 0) list.querySelectorAll("button")[focused]?.focus();
}
