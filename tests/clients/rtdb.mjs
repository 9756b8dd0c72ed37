// A client of the realtime database in Node: every request type once, decoded as strictly as the contract says.
// Arguments: the address of the socket, with its token. Prints one JSON line: {"passed": [...]} or {"failed": "..."}.
import assert from "node:assert/strict";
import WebSocket from "ws";

const FIELDS = {
  pong: ["id"],
  queryResult: ["id", "data"],
  getResult: ["id", "data"],
  subscribeResult: ["id", "subscriptionId"],
  unsubscribeResult: ["id"],
  transactionResult: ["id", "results"],
  createIndexResult: ["id"],
  lockResult: ["id", "locked", "holder?", "mode?"],
  unlockResult: ["id"],
  change: ["id", "subscriptionId", "event"],
  error: ["id", "code", "message", "details?"],
};
const ACTIONS = new Set(["create", "update", "delete", "lock", "unlock", "ready"]);

function decode(text) {
  const frame = JSON.parse(text);
  const fields = FIELDS[frame.type];
  assert(fields, `unknown type: ${text}`);
  const known = new Set(["type", ...fields.map((name) => name.replace("?", ""))]);
  for (const name of Object.keys(frame)) assert(known.has(name), `unknown field ${name}: ${text}`);
  for (const name of fields) assert(name.endsWith("?") || name in frame, `missing ${name}: ${text}`);
  if (frame.type === "change") {
    assert.equal(typeof frame.id, "string");
    for (const name of Object.keys(frame.event)) assert(["action", "path", "data"].includes(name), text);
    assert(ACTIONS.has(frame.event.action), text);
    assert.equal(typeof frame.event.path, "string");
  } else {
    assert.equal(typeof frame.id, "number", `ids are numbers: ${text}`);
  }
  if (frame.type === "transactionResult") {
    for (const result of frame.results) assert.deepEqual(Object.keys(result).sort(), ["id", "ref"]);
  }
  return frame;
}

class Client {
  static open(url) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.once("open", () => resolve(new Client(socket)));
      socket.once("error", reject);
    });
  }

  constructor(socket) {
    this.socket = socket;
    this.lastId = 0;
    this.pending = new Map();
    this.handlers = new Map();
    socket.on("message", (data) => this.take(data.toString()));
  }

  take(text) {
    let frame;
    try {
      frame = decode(text);
    } catch (error) {
      return fail(error);
    }
    if (frame.type === "change") return (this.handlers.get(frame.subscriptionId) ?? (() => {}))(frame.event);
    const settle = this.pending.get(frame.id);
    if (!settle) return fail(new Error(`answered without being asked: ${text}`));
    this.pending.delete(frame.id);
    settle(frame);
    return undefined;
  }

  ask(type, fields = {}) {
    const id = (this.lastId += 1);
    return new Promise((resolve) => {
      this.pending.set(id, resolve);
      this.socket.send(JSON.stringify({ id, type, ...fields }));
    });
  }

  async expect(type, fields, answer) {
    const frame = await this.ask(type, fields);
    assert.equal(frame.type, answer, JSON.stringify(frame));
    return frame;
  }

  async transact(...operations) {
    return (await this.expect("transaction", { operations }, "transactionResult")).results;
  }

  // Events are queued from the moment of the answer; the first ones may come in the same turn.
  async watch(fields) {
    const queue = [];
    const waiting = [];
    const id = (this.lastId += 1);
    const answered = new Promise((resolve) => {
      this.pending.set(id, (frame) => {
        this.handlers.set(frame.subscriptionId, (event) => (waiting.shift() ?? ((one) => queue.push(one)))(event));
        resolve(frame);
      });
    });
    this.socket.send(JSON.stringify({ id, type: "subscribe", filter: {}, ...fields }));
    const frame = await answered;
    assert.equal(frame.type, "subscribeResult", JSON.stringify(frame));
    const next = () => (queue.length ? Promise.resolve(queue.shift()) : new Promise((resolve) => waiting.push(resolve)));
    return { id: frame.subscriptionId, next };
  }
}

const passed = [];

function fail(error) {
  console.log(JSON.stringify({ failed: error.stack ?? String(error) }));
  process.exit(1);
}

async function step(name, run) {
  await run();
  passed.push(name);
}

async function scenario(url) {
  const anna = await Client.open(url);
  const other = await Client.open(url);
  let key;
  await step("ping", () => anna.expect("ping", {}, "pong"));
  const todos = await anna.watch({ path: "todos" });
  await step("subscribe", async () => {
    assert.deepEqual(await todos.next(), { action: "ready", path: "todos", data: [] });
  });
  await step("transaction create", async () => {
    const [result] = await anna.transact({ type: "create", path: "todos", data: { title: "milk", n: 1 }, ref: "$new" });
    assert.equal(result.ref, "$new");
    key = result.id;
    assert.deepEqual(await todos.next(), { action: "create", path: `todos/${key}`, data: { id: key, title: "milk", n: 1 } });
  });
  await step("transaction batch", async () => {
    const results = await anna.transact(
      { type: "create", path: "posts", data: { votes: 0 }, ref: "$post" },
      { type: "update", path: "posts/${$post}", data: { votes: { $op: "increment", by: 2 } } },
      { type: "replace", path: "todos/fixed", data: { title: { $fn: "uppercase", args: ["bread"] }, n: 2 } },
      { type: "update", path: `todos/${key}`, data: { n: null, "deep.inner": true } },
      { type: "delete", path: "todos/none" },
    );
    assert.deepEqual(results.slice(1), Array(4).fill({ ref: null, id: null }));
    assert.equal((await todos.next()).data.title, "BREAD");
    assert.deepEqual((await todos.next()).data, { id: key, title: "milk", deep: { inner: true } });
    assert.equal((await anna.expect("get", { path: `posts/${results[0].id}` }, "getResult")).data.votes, 2);
  });
  await step("get", async () => {
    assert.equal((await anna.expect("get", { path: "todos/none" }, "getResult")).data, null);
  });
  await step("query", async () => {
    const asked = { path: "todos", filter: { greaterThan: { n: 1 } }, sort: [{ field: "n", ascending: false }], limit: 5 };
    const { data } = await anna.expect("query", asked, "queryResult");
    assert.deepEqual(data, [{ id: "fixed", title: "BREAD", n: 2 }]);
  });
  await step("aggregate", async () => {
    const aggregate = { groupBy: "title", ops: [{ op: "sum", field: "n" }] };
    const { data } = await anna.expect("query", { path: "todos", aggregate }, "queryResult");
    assert.deepEqual(data, [{ group: "BREAD", count: 1, sum_n: 2 }, { group: "milk", count: 1, sum_n: 0 }]);
  });
  await step("createIndex", () => anna.expect("createIndex", { path: "todos", field: "n" }, "createIndexResult"));
  await step("document subscription", async () => {
    const document = await other.watch({ path: "todos/fixed", scope: "document" });
    assert.deepEqual(await document.next(), { action: "create", path: "todos/fixed", data: { id: "fixed", title: "BREAD", n: 2 } });
    assert.equal((await document.next()).action, "ready");
    await anna.transact({ type: "delete", path: "todos/fixed" });
    assert.deepEqual(await document.next(), { action: "delete", path: "todos/fixed" });
    assert.equal((await todos.next()).action, "delete");
  });
  await step("live aggregate", async () => {
    const groups = await other.watch({ path: "cards", aggregate: { groupBy: "list" } });
    assert.deepEqual((await groups.next()).data, []);
    await anna.transact({ type: "replace", path: "cards/1", data: { list: "open" } });
    assert.deepEqual(await groups.next(), { action: "update", path: "cards", data: [{ group: "open", count: 1 }] });
    await anna.transact({ type: "delete", path: "cards/1" });
    assert.deepEqual((await groups.next()).data, [{ group: "open", count: 0 }]);
  });
  await step("lock", async () => {
    const watched = await other.watch({ path: `todos/${key}` });
    assert.equal((await watched.next()).action, "create");
    assert.equal((await watched.next()).action, "ready");
    assert.equal((await anna.expect("lock", { path: `todos/${key}`, mode: "hard" }, "lockResult")).locked, true);
    const event = await watched.next();
    assert.deepEqual([event.action, event.data.mode], ["lock", "hard"]);
    await anna.expect("unlock", { path: `todos/${key}` }, "unlockResult");
    assert.equal((await watched.next()).action, "unlock");
  });
  await step("unsubscribe", () => anna.expect("unsubscribe", { subscriptionId: todos.id }, "unsubscribeResult"));
  await step("errors", async () => {
    assert.equal((await anna.expect("dance", {}, "error")).code, 400);
    assert.equal((await anna.expect("transaction", { operations: [{ type: "rename", path: "a/b" }] }, "error")).code, 400);
  });
  anna.socket.close();
  other.socket.close();
}

process.on("unhandledRejection", fail);
scenario(process.argv[2]).then(() => console.log(JSON.stringify({ passed })), fail);
