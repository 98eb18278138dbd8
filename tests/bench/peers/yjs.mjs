// Yjs: a document a patch, a map of records, each a map of fields; state vectors, then updates.
import * as Y from "yjs";

export const create = () => new Y.Doc();
export const fill = (doc, records) => {
    doc.transact(() => {
        for (const { id, fields } of records)
            doc.getMap("records").set(id, new Y.Map(Object.entries(fields)));
    });
    return doc;
};
export const save = (doc) => Y.encodeStateAsUpdate(doc);
export const load = (bytes) => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, bytes);
    return doc;
};
export const edit = (doc, id, field, text) => {
    doc.getMap("records").get(id).set(field, text);
    return doc;
};
export const edit_update = (doc, id, field, text) => {
    const before = Y.encodeStateVector(doc);
    edit(doc, id, field, text);
    return [doc, Y.encodeStateAsUpdate(doc, before)];
};

// 0: a state vector; 1: what the other lacked. A message begins with which.
export const state = () => ({ out: [] });
export const say = (doc, state, first) => {
    if (first) return Buffer.concat([Buffer.from([0]), Y.encodeStateVector(doc)]);
    const out = state.out;
    state.out = [];
    return out.length === 0 ? null : Buffer.concat(out);
};
const update_of = (doc, vector) => Buffer.from(Y.encodeStateAsUpdate(doc, vector));
export const hear = (doc, state, message) => {
    if (message[0] === 0) {
        const own = Buffer.from(Y.encodeStateVector(doc)), update = update_of(doc, message.subarray(1)), size = Buffer.alloc(4);
        size.writeUInt32BE(own.length);
        state.out.push(Buffer.concat([Buffer.from([1]), size, own, update]));
        return [doc, false];
    }
    let rest = message.subarray(1);
    if (message[0] === 1) { // its vector and its update
        const size = message.readUInt32BE(1), vector = message.subarray(5, 5 + size);
        rest = message.subarray(5 + size);
        const update = update_of(doc, vector);
        if (update.length > 2) state.out.push(Buffer.concat([Buffer.from([2]), update]));
    }
    if (rest.length > 2) Y.applyUpdate(doc, rest);
    return [doc, rest.length > 2];
};
