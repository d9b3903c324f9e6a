// The page works without this. With it, a button shows the answer itself, and what became of the
// cookie: after each request the page is asked for again, so that what is shown is what the server
// read in the cookie that the browser holds now.
"use strict";
const at = id => document.getElementById(id);
const group = n => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const views = () => at("views").textContent;

const sentences = {
  visit: () => `The session counts ${views()} views and was sealed anew.`,
  login: a => `A new session id, the old data: this is ${a.json.user}\u2019s session now.`,
  logout: () => "The session is over. The cookie was removed, and the browser sent back here.",
  fill: a => a.status === 422
    ? `Too large: the whole line would need ${group(a.json.needed)} bytes, and browsers keep ${group(a.json.limit)}. No cookie was sent. The browser still holds the last good one, with a note of ${at("note").textContent} bytes.`
    : `The note of ${group(a.json.note_bytes)} bytes is in the cookie.`,
  lifetime: () => "This session has lifetimes of its own now. They are sealed with it.",
  session: () => "Read, not changed: no cookie was sent.",
  untouched: () => "Nobody looked at the session, so a cache may keep this answer.",
  fail: () => `The handler failed after it had counted a view. The change was kept: ${views()} views.`,
  stream: () => "The head had left, and the cookie with it. The change was refused, and the handler told so.",
};

async function ask(name, url, options) {
  const answer = { status: 0, text: "", headers: [] };
  try {
    const response = await fetch(url, options);
    answer.status = response.redirected ? 303 : response.status;
    if (!response.redirected) {
      answer.text = await response.text();
      for (const header of ["vary", "cache-control"]) {
        answer.headers.push(`${header}: ${response.headers.get(header) ?? "none"}`);
      }
    }
    try { answer.json = JSON.parse(answer.text); } catch { answer.json = {}; }
    await refresh();
  } catch {
    answer.text = "The server did not answer.";
  }
  const known = answer.status > 0 && (answer.status < 400 || name === "fail" || answer.status === 422);
  tell(options.method, url, answer, known ? sentences[name](answer) : "That did not work.");
}

async function refresh() {
  const response = await fetch("/", { headers: { accept: "text/html" } });
  // Only the middle of the page is read: its style has another nonce than ours.
  const html = await response.text();
  const middle = html.slice(html.indexOf("<main"), html.indexOf("</main>"));
  const page = new DOMParser().parseFromString(middle, "text/html");
  at("main").dataset.now = page.getElementById("main").dataset.now;
  anchor = Date.now();
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id), focused = old.contains(document.activeElement) && document.activeElement.id;
    old.replaceChildren(...fresh.childNodes);
    if (focused) at(focused)?.focus();
  }
}

function tell(method, url, answer, sentence) {
  const make = (tag, css, text) => Object.assign(document.createElement(tag), { className: css, textContent: text });
  const entry = document.createElement("li"), request = make("p", "request", "");
  request.append(make("span", "", `${method} ${url}`), make("b", answer.status >= 400 || !answer.status ? "bad" : "", answer.status || "\u2013"));
  entry.append(request, make("p", "said", sentence));
  if (answer.text) entry.append(make("pre", "", answer.text.trim()));
  if (answer.headers.length) entry.append(make("p", "headers", answer.headers.join(" \u00b7 ")));
  at("log").prepend(entry);
  while (at("log").children.length > 4) at("log").lastChild.remove();
  at("log").parentElement.hidden = false;
  document.body.classList.add("talking");
}

document.addEventListener("submit", event => {
  const form = event.target, name = new URL(form.action).pathname.slice(1);
  if (!(name in sentences)) return;
  event.preventDefault();
  const fields = new URLSearchParams(Object.entries(Object.fromEntries(new FormData(form, event.submitter))).filter(([, value]) => value !== ""));
  const query = "query" in form.dataset && String(fields);
  ask(name, `/${name}${query ? `?${query}` : ""}`, { method: "POST", body: "query" in form.dataset ? undefined : fields });
});
for (const link of document.querySelectorAll(".edges a")) {
  link.addEventListener("click", event => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    ask(link.id, link.pathname, { method: "GET", cache: "no-store" });
  });
}

at("close").addEventListener("click", () => {
  at("log").parentElement.hidden = true;
  document.body.classList.remove("talking");
});

at("range").hidden = false;
at("range").addEventListener("input", () => { at("bytes").value = at("range").value; });
at("bytes").addEventListener("input", () => { at("range").value = at("bytes").value; });

// Time passes on the page too, by the server's clock.
let anchor = Date.now();
function inWords(seconds) {
  const [length, unit] = seconds < 120 ? [1, "second"] : seconds < 7200 ? [60, "minute"]
    : seconds < 172800 ? [3600, "hour"] : [86400, "day"];
  const count = Math.round(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
setInterval(() => {
  const now = Number(at("main").dataset.now) + Math.floor((Date.now() - anchor) / 1000);
  for (const time of document.querySelectorAll("[data-until]")) {
    time.textContent = inWords(Math.max(0, time.dataset.until - now));
  }
}, 1000);
