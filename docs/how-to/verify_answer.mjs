// Verifies an answer of a desk, from the key that was given at pairing: verify(reply, ...) gives its claims.
const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const read = (text) => JSON.parse(new TextDecoder().decode(decode(text)));

async function claimsOf(jws, key, kind) {
  const [head, claims, signature] = jws.split(".");
  const known = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${claims}`);
  if (!(await crypto.subtle.verify("Ed25519", known, decode(signature), signed))) throw new Error("another signature");
  const { alg, typ } = read(head);
  if (alg !== "EdDSA" || typ !== kind) throw new Error("another type");
  return read(claims);
}

async function answerKey(chain, trusted) {
  let key = decode(trusted), vault = null;
  for (const link of chain) {
    let found;
    try {
      found = await claimsOf(link, key, "mlid-key+jwt");
    } catch (fault) {
      if (vault) throw fault;
      continue; // from before the pairing
    }
    vault = found.iss;
    key = decode(found.key);
    if (found.use === "answers") return [key, vault];
  }
  throw new Error("the chain leads nowhere");
}

export async function verify(reply, trusted, caller, nonce, request, now = Date.now() / 1000) {
  const [key, vault] = await answerKey(reply.chain, trusted);
  const claims = await claimsOf(reply.answer, key, "mlid-answer+jwt");
  const expected = { iss: vault, aud: caller, nonce, request };
  if (Object.entries(expected).some(([name, value]) => claims[name] !== value)) throw new Error("not the answer to this");
  if (now < claims.iat - 300 || now > claims.exp) throw new Error("too old");
  return claims;
}
