// Loro: a document a patch; version vectors, then updates.
import { LoroDoc, LoroMap, VersionVector } from "loro-crdt";

export const create = () => new LoroDoc();
export const fill = (doc, records) => {
    for (const { id, fields } of records) {
        const map = doc.getMap("records").setContainer(id, new LoroMap());
        for (const [field, value] of Object.entries(fields)) map.set(field, value);
    }
    doc.commit();
    return doc;
};
export const save = (doc) => doc.export({ mode: "snapshot" });
export const load = (bytes) => {
    const doc = new LoroDoc();
    doc.import(bytes);
    return doc;
};
export const edit = (doc, id, field, text) => {
    doc.getMap("records").get(id).set(field, text);
    doc.commit();
    return doc;
};
export const edit_update = (doc, id, field, text) => {
    const before = doc.version();
    edit(doc, id, field, text);
    return [doc, doc.export({ mode: "update", from: before })];
};

export const state = () => ({ out: [] });
export const say = (doc, state, first) => {
    if (first) return Buffer.concat([Buffer.from([0]), doc.version().encode()]);
    const out = state.out;
    state.out = [];
    return out.length === 0 ? null : Buffer.concat(out);
};
const lacks = (doc, vector) => {
    const order = doc.version().compare(vector);
    return order === undefined || order > 0;
};
const update_of = (doc, vector) => lacks(doc, vector) ? Buffer.from(doc.export({ mode: "update", from: vector })) : Buffer.alloc(0);
export const hear = (doc, state, message) => {
    if (message[0] === 0) {
        const own = Buffer.from(doc.version().encode()), update = update_of(doc, VersionVector.decode(message.subarray(1)));
        const size = Buffer.alloc(4);
        size.writeUInt32BE(own.length);
        state.out.push(Buffer.concat([Buffer.from([1]), size, own, update]));
        return [doc, false];
    }
    let rest = message.subarray(1);
    if (message[0] === 1) {
        const size = message.readUInt32BE(1), update = update_of(doc, VersionVector.decode(message.subarray(5, 5 + size)));
        rest = message.subarray(5 + size);
        if (update.length > 0) state.out.push(Buffer.concat([Buffer.from([2]), update]));
    }
    if (rest.length > 0) doc.import(rest);
    return [doc, rest.length > 0];
};
