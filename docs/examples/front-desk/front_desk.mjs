// The page: pairs once, asks, and says what became of it. What it keeps: the pairing in this browser, the request that
// is open in this window, so that a page that is loaded again goes on where it was.
import { DeskClient, DeskError, ENDED, USUAL_PORT, ask, linkTo, pair, returnCode } from "./desk_client.mjs";
import { ERRORS, STATES, UNNAMED, VERDICTS } from "./words.mjs";

const part = (name) => document.getElementById(name);
const named = new URLSearchParams(location.search).get("port");
if (named) localStorage.setItem("port", named); // who is led back comes to the address without it
const port = Number(named ?? localStorage.getItem("port")) || USUAL_PORT;
const code = returnCode();
const NOT_PAIRED = new Set(["unsigned", "unknown_caller", "unpaired_origin"]);
const LOOK_MS = 5000;
let desk = null;
let open = null; // the question that is not answered yet

function known() {
  const kept = localStorage.getItem(`desk-${port}`);
  desk = kept === null ? null : new DeskClient(JSON.parse(kept));
  part("pairing").hidden = desk !== null;
  part("visit").hidden = desk === null;
}

function say([tone, title, advice], { demo = false, again = false } = {}) {
  part("standing").hidden = false;
  part("standing").dataset.tone = tone;
  part("standing-title").textContent = title;
  part("advice").textContent = advice;
  part("demo").hidden = !demo;
  part("again").hidden = !again;
  part("cancel").hidden = open === null;
  if (open === null) part("link").hidden = true;
  for (const button of part("visitor").querySelectorAll("button")) button.disabled = open !== null;
}

function note(question, words) {
  const line = document.createElement("li");
  const about = document.createElement("span");
  const at = document.createElement("time");
  about.textContent = question.number ? `No. ${question.number}: ${words[1]}` : words[1];
  at.textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  line.append(about, at);
  part("today").prepend(line);
  part("nobody").hidden = true;
}

/** The words of a verdict, with number and name where this page is told them. */
function inWords({ verdict, number, name }) {
  const [tone, title, advice] = VERDICTS[verdict] ?? UNNAMED;
  const who = [number && `No. ${number}`, name].filter(Boolean).join(", ");
  return [tone, title, who ? `${advice} ${who}.` : advice];
}

function hold(question) {
  open = question;
  if (question) sessionStorage.setItem("question", JSON.stringify(question));
  else sessionStorage.removeItem("question");
}

/** The operator was led back here, perhaps in another window: the code gives the answer, what was asked is remembered. */
async function comeBack() {
  let words, more = {};
  try {
    const standing = await desk.redeem(code);
    const led = JSON.parse(localStorage.getItem("led") ?? "{}");
    if (led.request !== standing.request) throw new DeskError("not_believed");
    const claims = await desk.answer(led, standing);
    localStorage.removeItem("led");
    sessionStorage.removeItem("question");
    words = inWords(claims);
    more = { demo: claims.demo };
  } catch (fault) {
    words = failed(fault);
  }
  say(words, more);
}

async function carry(question) {
  hold(question);
  if (question.return_to) localStorage.setItem("led", JSON.stringify({ request: question.request, nonce: question.nonce }));
  say(STATES.waiting);
  part("cancel").focus();
  let words, more = {};
  try {
    const standing = await desk.follow(question, ({ state }) => STATES[state] && !ENDED.has(state) && say(STATES[state]));
    if (standing.state === "decided") {
      const claims = await desk.answer(question, standing);
      words = inWords(claims);
      more = { demo: claims.demo };
    } else {
      words = STATES[standing.state] ?? UNNAMED;
      more = { again: true };
    }
  } catch (fault) {
    words = failed(fault);
    more = { again: true };
  }
  hold(null);
  part("again").onclick = () => carry(sameAgain(question, words));
  note(question, words);
  say(words, more);
  (more.again && !part("visit").hidden ? part("again") : part("number")).focus();
}

/** After a lost line it is the same question; after an end it is a new one. */
function sameAgain(question, words) {
  const same = words === ERRORS.unreachable || words === STATES.unknown || (words === STATES.expired && question.kind === "withdraw");
  return same ? question : ask(question.kind, { ...question, returnTo: question.return_to });
}

function failed(fault) {
  if (!(fault instanceof DeskError)) return UNNAMED;
  if (NOT_PAIRED.has(fault.name)) {
    localStorage.removeItem(`desk-${port}`);
    known();
  }
  return ERRORS[fault.name] ?? UNNAMED;
}

async function look() {
  const badge = part("desk");
  const tell = (tone, words) => {
    if (badge.textContent !== words) badge.textContent = words;
    badge.dataset.tone = tone;
  };
  if (desk === null) return tell("note", "Not paired");
  try {
    const { state, demo } = await desk.station();
    const words = { ready: "Desk ready", busy: "Desk busy", locked: "Desk locked" }[state] ?? "Desk";
    tell(state === "ready" ? "good" : "note", demo ? `${words} (demo)` : words);
  } catch (fault) {
    tell("bad", fault.name === "unreachable" ? "Desk closed" : failed(fault)[1]);
  }
}

part("pair").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  button.disabled = true;
  try {
    localStorage.setItem(`desk-${port}`, JSON.stringify(await pair(part("code").value.trim(), port)));
    part("code").value = "";
    known();
    say(["good", "This page is paired", "Type the number of a visitor."]);
    part("number").focus();
  } catch (fault) {
    say(failed(fault));
    part("code").focus();
  }
  button.disabled = false;
  look();
});

part("visitor").addEventListener("submit", (event) => {
  event.preventDefault();
  if (open !== null) return;
  const kind = event.submitter.value;
  const name = kind === "enrol" ? part("name").value.trim() : "";
  const returnTo = part("lead").checked ? location.origin + location.pathname : "";
  const number = kind === "identify" ? "" : part("number").value.trim();
  const question = ask(kind, { number, name, returnTo });
  carry(question);
  if (returnTo) part("link").href = linkTo(question);
  part("link").hidden = !returnTo;
});

part("cancel").addEventListener("click", () => open && desk.cancel(open).catch((fault) => say(failed(fault))));

known();
const left = sessionStorage.getItem("question");
if (desk !== null && code) comeBack();
else if (desk !== null && left !== null) carry(JSON.parse(left));
look();
setInterval(look, LOOK_MS);
