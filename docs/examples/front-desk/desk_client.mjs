// Asks a desk of this machine from a web page that was admitted there. Plain JavaScript, without any library:
//   const desk = new DeskClient(await pair("K7QPZ-3M9XA"));        // once; keep what it gives
//   const question = ask("verify", { number: "1001" });
//   const standing = await desk.follow(question, (standing) => show(standing.state));
//   if (standing.state === "decided") show((await desk.answer(question, standing)).verdict);
import { verify } from "../../how-to/verify_answer.mjs";

export const USUAL_PORT = 47263;
export const ENDED = new Set(["decided", "declined", "expired", "cancelled", "locked", "unknown"]);
const AGAIN_MS = 500;
const FOLLOWED_MS = 20 * 60 * 1000;

/** The desk does not do it, or cannot be heard: `name` says why, as the table of errors of the guide has it, or is
 * "unreachable" (window closed, interface off), "not_allowed" (the browser keeps the page from this machine) or
 * "not_believed" (an answer that the desk did not sign for this question). */
export class DeskError extends Error {
  constructor(name) {
    super(name);
    this.name = name;
  }
}

/** 128 random bits in hex. */
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

/** A question: kind is "verify", "enrol", "withdraw" or "identify". Sent again it is the same request. At `returnTo`, a
 * page of this origin without query, the operator can go back; `redeem` reads the answer there. */
export function ask(kind, { number = "", name = "", purpose = "recognition", returnTo = "" } = {}) {
  const question = { request: random(), kind, purpose, nonce: random() };
  if (number) question.number = number;
  if (name) question.name = name;
  if (returnTo) question.return_to = returnTo;
  return question;
}

/** The link that brings a question that was sent to the front of the desk's window. */
export const linkTo = (question) => `mlid:request/${question.request}`;

/** The code that the operator was led back with, once: it is taken out of the address, and out of the history. */
export function returnCode() {
  const code = location.hash.startsWith("#mlid=") ? location.hash.slice("#mlid=".length) : "";
  if (code) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}

/** Names the code that the window of the desk shows: what comes back belongs to this page alone. */
export async function pair(code, port = USUAL_PORT) {
  const told = await send(port, "POST", "/v1/pairing", JSON.stringify({ code }));
  return { caller: told.caller, trusted: told.key, vault: told.vault, token: told.token, port };
}

/** One desk, as a paired page knows it. */
export class DeskClient {
  constructor(pairing) {
    this.pairing = pairing;
  }

  /** What the desk says of itself: state is "ready", "busy" or "locked". */
  station() {
    return this.#send("GET", "/v1/station");
  }

  /** Sends a question, for the first time or again after a lost connection: nothing is done twice. */
  send(question) {
    return this.#send("POST", "/v1/requests", JSON.stringify(question));
  }

  /** Takes a request back, as long as nothing is decided. */
  cancel(question) {
    return this.#send("DELETE", `/v1/requests/${question.request}`);
  }

  /** Sends a question and tells each state as it comes; gives the last one. */
  async follow(question, tell = () => {}) {
    let standing = await this.send(question);
    tell(standing);
    const until = Date.now() + FOLLOWED_MS;
    while (!ENDED.has(standing.state) && Date.now() < until) {
      try {
        for await (const told of this.#events(question)) tell((standing = told));
      } catch (fault) {
        if (fault.name !== "unreachable") throw fault;
      }
      if (ENDED.has(standing.state)) break;
      await new Promise((resume) => setTimeout(resume, AGAIN_MS)); // the line was lost: look how it stands
      tell((standing = await this.#send("GET", `/v1/requests/${question.request}`)));
    }
    return standing;
  }

  /** The standing of the request that the operator was led back from: a code holds once, for a minute. */
  redeem(code) {
    return this.#send("POST", "/v1/answers", JSON.stringify({ code }));
  }

  /** The claims of an answer, once it holds: by the desk of the pairing, to this question, in its time. */
  async answer(question, standing) {
    const { trusted, caller } = this.pairing;
    try {
      return await verify(standing, trusted, caller, question.nonce, question.request);
    } catch {
      throw new DeskError("not_believed");
    }
  }

  #send(method, path, body) {
    return send(this.pairing.port, method, path, body, this.pairing.token);
  }

  /** Server-sent events, read by hand: the browser's own reader of them cannot show a token. */
  async *#events(question) {
    const path = `/v1/requests/${question.request}/events`;
    const reply = await reach(this.pairing.port, "GET", path, undefined, this.pairing.token);
    if (!reply.ok) throw new DeskError((await reply.json()).error);
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        held += value;
        const parts = held.split("\n\n");
        held = parts.pop();
        for (const part of parts) {
          const data = part.split("\n").find((line) => line.startsWith("data: "));
          if (data) yield JSON.parse(data.slice(6));
        }
      }
    } catch (fault) {
      throw fault instanceof SyntaxError ? new DeskError("not_believed") : new DeskError("unreachable");
    } finally {
      reader.cancel().catch(() => {});
    }
  }
}

async function send(port, method, path, body, token) {
  const reply = await reach(port, method, path, body, token);
  const told = await reply.json().catch(() => ({ error: "unreachable" }));
  if (told.error) throw new DeskError(told.error);
  return told;
}

async function reach(port, method, path, body, token) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    return await fetch(`http://127.0.0.1:${port}${path}`, { method, body, headers, credentials: "omit", cache: "no-store" });
  } catch {
    throw new DeskError((await isKeptOff()) ? "not_allowed" : "unreachable");
  }
}

/** Whether the person or the administrator keeps this page from programs of this machine (Local Network Access). */
async function isKeptOff() {
  for (const name of ["loopback-network", "local-network-access"]) {
    try {
      if ((await navigator.permissions.query({ name })).state === "denied") return true;
    } catch {
      // a browser that knows no such permission
    }
  }
  return false;
}
