// iron-session: sealData and unsealData with its defaults.

import assert from "node:assert";
import { readFileSync } from "node:fs";
import { sealData, unsealData } from "iron-session";

const ROUNDS = 15;
const BATCH = 20;
const options = { password: "x".repeat(32), ttl: 1209600 };

for (const record of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const value = await sealData(record, options);
  assert.deepEqual(await unsealData(value, options), record);
  const sealed = await micros(() => sealData(record, options));
  const opened = await micros(() => unsealData(value, options));
  const size = Buffer.byteLength(JSON.stringify(record));
  const line = ["iron-session, encrypted", size, value.length, sealed.toFixed(1), opened.toFixed(1)];
  console.log(line.join("\t"));
}

async function micros(work) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < BATCH; i++) await work();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / BATCH);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}
