// Seals of the real iron-session.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.cwd() + "/");
const { sealData } = require("iron-session");
const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
const NOW = 1_790_000_000;
const ONE = "the first password of the site, long enough";
const TWO = "the second password of the site, long enough";
Date.now = () => NOW * 1000;

async function vector(id, data, { password = ONE, ttl, passwords = { 1: ONE }, ...more } = {}) {
  const seal = await sealData(data, ttl === undefined ? { password } : { password, ttl });
  const cookie = encodeURIComponent(seal);
  return { id, passwords, cookie, now: NOW, expected: { data }, ...more };
}

const both = { 1: ONE, 2: TWO };
const late = 14 * 86400 + 60;
const vectors = await Promise.all([
  vector("empty", {}),
  vector("small", { user: 7, name: "Zoë", emoji: "😀", f: 1.5, n: null }),
  vector("long", { cart: Array.from({ length: 60 }, (_, n) => ({ sku: `SKU-${n}` })) }),
  vector("without_an_end", { a: 1 }, { ttl: 0, now: NOW * 2 }),
  vector("second_password", { a: 1 }, { password: both, passwords: both }),
  vector("first_password", { a: 1 }, { password: { 1: ONE }, passwords: both }),
  vector("unknown_password", { a: 1 }, { password: both, expected: { error: "bad_signature" } }),
  vector("another_password", { a: 1 }, { password: TWO, expected: { error: "bad_signature" } }),
  vector("the_last_second", { a: 1 }, { now: NOW + late - 1 }),
  vector("expired", { a: 1 }, { now: NOW + late, expected: { error: "expired" } }),
]);
const madeWith = Object.fromEntries(["iron-session", "iron-webcrypto"].map((name) => [name, version(name)]));
console.log(JSON.stringify({ format: "iron", made_with: madeWith, vectors }, null, 1));
