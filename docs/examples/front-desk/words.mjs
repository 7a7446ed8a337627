// What the page says of every state, verdict and error, in plain words: [tone, title, what to do].
export const STATES = {
  waiting: ["wait", "Waiting for the operator", "The request is shown in the window of the desk. It waits for two minutes."],
  shown: ["wait", "The operator has opened it", "The person is at the desk now. The answer comes back by itself."],
  declined: ["note", "The operator declined", "Ask at the desk why, and send it again if that is right."],
  expired: ["note", "Nobody opened the request in time", "Tell the operator, and send it again. A withdrawal stands at the desk all the same."],
  cancelled: ["note", "You took the request back", "Nothing was done."],
  locked: ["note", "The desk was locked meanwhile", "Ask the operator to unlock it, and send it again."],
  unknown: ["note", "The desk was closed in between", "Send it again: nothing is done twice."],
};

export const VERDICTS = {
  accepted: ["good", "This is the person", "The desk recognised them."],
  rejected: ["bad", "This was not shown to be the person", "Check an identity document, or ask the operator to try again."],
  inconclusive: ["note", "The check came to no result", "Ask the operator to try again, or check an identity document."],
  enrolled: ["good", "The person is enrolled", "They can be checked from now on."],
  found: ["good", "The person was found", "Two people at the desk agreed on who it is."],
  withdrawn: ["good", "Consent is withdrawn", "Nothing of this person is compared any more."],
  not_withdrawn: ["note", "The withdrawal was undone", "The operator asked the person, who is compared as before."],
  no_answer: ["note", "There is no answer for you", "Nobody is enrolled here, or was found, who agreed to answers to this page."],
  too_many: ["note", "Too many withdrawals today", "This page may send twenty a day. Go to the desk."],
};

export const ERRORS = {
  unreachable: ["bad", "The desk cannot be reached", "Open the window of the desk on this machine, unlock it, and see that this page is admitted there."],
  not_allowed: ["bad", "The browser keeps this page from the desk", "Allow this page to reach programs on this device: click the icon left of the address."],
  not_believed: ["bad", "The answer cannot be trusted", "Do not rely on it. Pair this page with the desk again."],
  busy: ["note", "The desk has another request of this page", "Finish that one first, also where it is in another window."],
  locked: ["note", "The desk is locked", "Ask the operator to unlock it, then send it again."],
  unsigned: ["bad", "This page is not paired", "Pair it again with a new code."],
  unknown_caller: ["bad", "The desk does not know this page any more", "Pair it again with a new code."],
  unpaired_origin: ["bad", "The desk does not know this address", "Ask a supervisor to admit this page."],
  wrong_code: ["bad", "That is not the code", "Read it from the window of the desk. It holds for five minutes and five tries."],
  foreign_return: ["bad", "The desk leads nobody back there", "A page is led back to at its own address alone."],
  not_granted: ["note", "This page may not ask that", "Ask a supervisor what it was admitted for."],
  malformed: ["note", "The desk did not understand", "Check number and name: they hold no unusual characters."],
  altered: ["note", "That was asked for something else before", "Send it as a new request."],
  too_many: ["note", "Too many requests", "Wait a minute, and send it again."],
  overloaded: ["note", "The desk has too much to do", "Wait a moment, and send it again."],
  too_slow: ["note", "The connection was too slow", "Send it again."],
  too_large: ["note", "Too much was sent", "Shorten number and name."],
  stale: ["bad", "The clocks differ", "Set the clock of this machine."],
  replayed: ["note", "That was sent before", "Send it as a new request."],
  misdirected: ["bad", "Another address leads to the desk", "Use 127.0.0.1 and the port of the desk."],
  not_found: ["bad", "This desk has another version", "Ask whoever looks after this page."],
  wrong_method: ["bad", "This desk has another version", "Ask whoever looks after this page."],
};

export const UNNAMED = ["bad", "Something else went wrong", "Ask whoever looks after this page."];
