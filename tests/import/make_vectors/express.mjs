// Session cookies of the real cookie-session, in a response of Node's own HTTP server classes.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";

const require = createRequire(process.cwd() + "/");
const cookieSession = require("cookie-session");
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
const [OLD, NEW] = ["the key before this one", "the secret key of the site"];

function cookies(name, keys, data) {
  const request = new http.IncomingMessage(new net.Socket());
  request.headers = {};
  const response = new http.ServerResponse(request);
  cookieSession({ name, keys })(request, response, () => {});
  Object.assign(request.session, data);
  response.writeHead(200);
  const all = response.getHeader("set-cookie").map((line) => line.split(";")[0]);
  const value = (wanted) => all.find((pair) => pair.startsWith(`${wanted}=`)).slice(wanted.length + 1);
  return { cookie: value(name), signature: value(`${name}.sig`) };
}

function vector(id, data, { name = "session", signers = [NEW], keys = [NEW], ...more } = {}) {
  return { id, name, keys, ...cookies(name, signers, data), expected: { data }, ...more };
}

const vectors = [
  vector("small", { user: 7, name: "Zoë", emoji: "😀", f: 1.5, n: null }),
  vector("another_name", { a: 1 }, { name: "shop" }),
  vector("lone_surrogate_escaped", { a: "x" }, {}),
  vector("long", { cart: Array.from({ length: 60 }, (_, n) => ({ sku: `SKU-${n}` })) }),
  vector("padding_0", { a: "1" }),
  vector("padding_1", { a: "12" }),
  vector("padding_2", { a: "123" }),
  vector("fallback", { a: 1 }, { signers: [OLD], keys: [NEW, OLD] }),
  vector("another_key", { a: 1 }, { signers: [OLD], expected: { error: "bad_signature" } }),
];
const madeWith = Object.fromEntries(["cookie-session", "keygrip"].map((name) => [name, version(name)]));
console.log(JSON.stringify({ format: "express", made_with: madeWith, vectors }, null, 1));
