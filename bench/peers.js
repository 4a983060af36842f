// The same reads by Node.js programs: Meta's own SDK, and Node's fetch.
//   WABA_ACCESS_TOKEN=... node peers.js <sdk|fetch> <base url> <count> <concurrency>
// Prints seconds of wall clock and of CPU, and the process's peak memory in KiB.
"use strict";

const fs = require("fs");

const [kind, base, count, concurrency] = process.argv.slice(2);
const token = process.env.WABA_ACCESS_TOKEN;
const business = "9876543210987654";
const fields = ["id", "name", "user_type", "business", "tasks"];

// Reading one account: the SDK as its own examples use it, and what a short script does.
const readers = {
  sdk() {
    const { FacebookAdsApi, WhatsAppBusinessAccount } = require("facebook-nodejs-business-sdk");
    Object.defineProperty(FacebookAdsApi, "GRAPH", { get: () => base });
    FacebookAdsApi.init(token, "en_US", false);
    return (account) =>
      new WhatsAppBusinessAccount(account).getAssignedUsers(fields, { business, limit: 100 });
  },
  fetch() {
    const query = new URLSearchParams({ business, fields: fields.join(","), limit: 100 });
    const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
    return async (account) => {
      const reply = await fetch(`${base}/v26.0/${account}/assigned_users?${query}`, { headers });
      if (!reply.ok) throw new Error(`HTTP ${reply.status}`);
      return (await reply.json()).data;
    };
  },
};

async function main() {
  const began = process.hrtime.bigint();
  const read = readers[kind]();
  let begun = 0;
  async function worker() {
    while (begun < count) {
      const users = await read(String(102290129340000 + begun++));
      if (users.length !== 2 || users[1].tasks[0] !== "MANAGE") throw new Error("not the reply");
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker));
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  const cpu = process.cpuUsage();
  const peak = /VmHWM:\s*(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1];
  console.log(wall.toFixed(6), ((cpu.user + cpu.system) / 1e6).toFixed(6), peak);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
