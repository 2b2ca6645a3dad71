// The editor of tests and the report of a run.
//
// The editor asks POST /api/CheckTest {text} while one types, and shows what is wrong at its line and column. A report that is
// live hears of news in GET /tasks/N/events and fetches its own page again. All words come from data-* attributes; text from the
// network only ever becomes text nodes, but for our own page.

const QUIET = 350; // ms without a key before the steps are looked at
const csrf = document.querySelector('meta[name="csrf-token"]').content;

/** Where a line and a column (both from 1, columns in characters) are in a text. */
function offsetOf(text, line, column) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
}

/** Show problems below the editor; a click puts the caret where the problem is. */
function show(area, list, problems) {
  area.setAttribute("aria-invalid", problems.length ? "true" : "false");
  const items = problems.slice(0, 10).map((problem) => {
    const item = document.createElement("li");
    const place = document.createElement("button");
    place.type = "button";
    place.className = "link";
    place.textContent = area.dataset.place.replace("%1", problem.line).replace("%2", problem.column);
    place.addEventListener("click", () => {
      const at = offsetOf(area.value, problem.line, problem.column);
      area.focus();
      area.setSelectionRange(at, at);
    });
    item.append(place, ` ${problem.message}`);
    return item;
  });
  if (!items.length) {
    const good = document.createElement("li");
    good.className = "good";
    good.textContent = area.dataset.good;
    items.push(good);
  }
  list.replaceChildren(...items);
}

function edit(area) {
  const list = document.getElementById("problems");
  let timer = 0;
  let asked = 0;
  async function look() {
    const mine = ++asked;
    try {
      const answer = await fetch(area.dataset.check, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
        body: JSON.stringify({ text: area.value }),
      });
      if (!answer.ok || mine !== asked) return;
      show(area, list, (await answer.json()).problems);
    } catch {
      // Nothing is lost: the form says it when it is sent.
    }
  }
  area.addEventListener("input", () => {
    clearTimeout(timer);
    if (area.value.trimStart().startsWith("{") || area.value.trimStart().startsWith("[")) return; // JSON
    timer = setTimeout(look, QUIET);
  });
}

/** Fetch the page of a report again, and put what is new into its place. */
async function refresh(report) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("report");
  if (fresh) report.replaceChildren(...fresh.childNodes);
}

function live(report) {
  const events = new EventSource(report.dataset.live);
  let busy = false;
  let again = false;
  async function news() {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await refresh(report);
    }
    busy = false;
  }
  events.addEventListener("message", (event) => {
    const { status } = JSON.parse(event.data);
    if (["succeeded", "failed", "cancelled"].includes(status)) events.close();
    news();
  });
}

const area = document.querySelector("textarea[data-check]");
if (area) edit(area);
const report = document.querySelector("#report[data-live]");
if (report) live(report);
