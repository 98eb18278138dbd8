// bench: another library on the data of W1 to W4, with its documents on disk, one a patch, from one process to the other over
// loopback TCP. In clear and unsigned, as these libraries are. Usage: node peer.mjs NAME w1|w2|w3|w4 TOWN.jsonl
import { fork } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

const [name, work, town] = process.argv.slice(2);
const library = await import(`./${name}.mjs`);

const lines = fs.readFileSync(town, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const records = lines.filter((line) => "patch" in line);
const changes = lines.filter((line) => "side" in line);
const patches = records[records.length - 1].patch + 1;
const byRecord = new Map(records.map((record) => [record.record, record]));

// The same documents at both ends: made once, and loaded.
function town_made() {
    const docs = Array.from({ length: patches }, () => library.create());
    for (let patch = 0; patch < patches; patch++)
        docs[patch] = library.fill(docs[patch], records.filter((record) => record.patch === patch));
    return docs.map((doc) => library.save(doc));
}

function change(docs, side) {
    const touched = new Set();
    for (const at of changes.filter((line) => line.side === side)) {
        const record = byRecord.get(at.record);
        docs[record.patch] = library.edit(docs[record.patch], record.id, String(at.field), side === 0 ? "by the one" : "by the other");
        touched.add(record.patch);
    }
}

// One file, written anew and synced: less than a library's own storage does.
function keep(docs, changed, folder) {
    const file = fs.openSync(path.join(folder, "documents"), "w");
    for (const patch of changed)
        fs.writeSync(file, library.save(docs[patch]));
    fs.fsyncSync(file);
    fs.closeSync(file);
}

class Line { // arrays of messages, one for each document, or none
    constructor(socket) {
        this.socket = socket;
        this.bytes = 0;
        this.waiting = [];
        this.chunks = [];
        this.size = 0;
        socket.setNoDelay(true);
        socket.on("data", (chunk) => {
            this.chunks.push(chunk);
            this.size += chunk.length;
            this.bytes += chunk.length;
            this.take();
        });
    }
    take() {
        if (this.size < 4 || this.waiting.length === 0) return;
        let all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
        this.chunks = [all];
        const size = all.readUInt32BE(0);
        if (all.length < 4 + size) return;
        this.chunks = [all.subarray(4 + size)];
        this.size = all.length - 4 - size;
        this.waiting.shift()(unpack(all.subarray(4, 4 + size)));
    }
    say(messages) {
        const body = pack(messages), head = Buffer.alloc(4);
        head.writeUInt32BE(body.length);
        this.bytes += 4 + body.length;
        this.socket.write(Buffer.concat([head, body]));
    }
    hear() {
        return new Promise((resolve) => {
            this.waiting.push(resolve);
            this.take();
        });
    }
}

function pack(messages) {
    const parts = [];
    messages.forEach((message, i) => {
        if (message === null) return;
        const head = Buffer.alloc(6);
        head.writeUInt16BE(i, 0);
        head.writeUInt32BE(message.length, 2);
        parts.push(head, message);
    });
    return Buffer.concat(parts);
}

function unpack(body) {
    const messages = new Array(patches).fill(null);
    for (let at = 0; at < body.length;) {
        const size = body.readUInt32BE(at + 2);
        messages[body.readUInt16BE(at)] = body.subarray(at + 6, at + 6 + size);
        at += 6 + size;
    }
    return messages;
}

// Turn by turn until neither has anything to say. The caller begins; the last thing each does is to keep what changed.
async function meet(docs, line, begins, folder) {
    const states = docs.map(() => library.state()), changed = new Set();
    let turns = 0, heard = new Array(patches).fill(null), over = false;
    const say = (first) => {
        const said = docs.map((doc, i) => library.say(doc, states[i], first));
        line.say(said);
        return said.every((message) => message === null);
    };
    let silent = begins ? say(true) : false;
    while (!over) {
        heard = await line.hear();
        turns++;
        heard.forEach((message, i) => {
            if (message === null) return;
            const [doc, moved] = library.hear(docs[i], states[i], message);
            docs[i] = doc;
            if (moved) changed.add(i);
        });
        const nothing = heard.every((message) => message === null);
        if (nothing && silent) break;
        silent = say(false);
        over = nothing && silent;
    }
    keep(docs, changed, folder);
    line.say([]);
    await line.hear();
    return turns;
}

function cpu() {
    const used = process.cpuUsage();
    return (used.user + used.system) / 1e6;
}

function folder_made() {
    return fs.mkdtempSync(path.join(os.tmpdir(), "linli-bench-"));
}

async function run_other() {
    // Both ends hold the same town, so it is made once: libraries give documents random names of their own.
    const made = town_made(), folder = folder_made(), docs = made.map((bytes) => library.load(bytes));
    if (work === "w2") change(docs, 1);
    const server = net.createServer(async (socket) => {
        await meet(docs, new Line(socket), false, folder);
        fs.rmSync(folder, { recursive: true });
        socket.end();
        server.close();
        process.disconnect();
    });
    server.listen(0, "127.0.0.1", () =>
        process.send({ port: server.address().port, town: work === "w1" ? [] : made.map((bytes) => Buffer.from(bytes).toString("base64")) }));
}

async function run_here() {
    const child = fork(process.argv[1], process.argv.slice(2), { env: { ...process.env, LINLI_BENCH_OTHER: "1" } });
    const told = await new Promise((resolve) => child.once("message", resolve));
    const folder = folder_made();
    const docs = told.town.length > 0 ? told.town.map((text) => library.load(Buffer.from(text, "base64")))
        : Array.from({ length: patches }, () => library.create());
    if (work === "w2") change(docs, 0);
    const memory = process.memoryUsage().rss, start = process.hrtime.bigint(), used = cpu();
    const socket = net.connect(told.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const line = new Line(socket);
    const turns = await meet(docs, line, true, folder);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    console.log(JSON.stringify({ seconds, bytes: line.bytes, round_trips: turns, cpu_seconds_here: cpu() - used,
        resident_bytes: Math.max(process.memoryUsage().rss - memory, 0) }));
    fs.rmSync(folder, { recursive: true });
    socket.end();
}

// W4: one field of one household after the other, its update appended to a file and synced.
function run_edits() {
    const folder = folder_made(), docs = town_made().map((bytes) => library.load(bytes));
    const file = fs.openSync(path.join(folder, "updates"), "a");
    const households = records.filter((record) => record.record % 4 === 0).slice(0, 600);
    const start = process.hrtime.bigint();
    for (const record of households) {
        const [doc, update] = library.edit_update(docs[record.patch], record.id, "5", "somebody made up");
        docs[record.patch] = doc;
        fs.writeSync(file, update);
        fs.fdatasyncSync(file);
    }
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    console.log(JSON.stringify({ per_second_1: households.length / seconds }));
    fs.closeSync(file);
    fs.rmSync(folder, { recursive: true });
}

if (work === "w4") run_edits();
else if (process.env.LINLI_BENCH_OTHER) await run_other();
else await run_here();
