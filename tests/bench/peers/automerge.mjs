// Automerge: a document a patch, by its own sync messages.
import * as A from "@automerge/automerge";

export const create = () => A.init();
export const fill = (doc, records) => A.change(doc, (at) => {
    at.records = Object.fromEntries(records.map(({ id, fields }) => [id, fields]));
});
export const save = (doc) => A.save(doc);
export const load = (bytes) => A.load(bytes);
export const edit = (doc, id, field, text) => A.change(doc, (at) => { at.records[id][field] = text; });
export const edit_update = (doc, id, field, text) => {
    const after = edit(doc, id, field, text);
    return [after, A.getLastLocalChange(after)];
};

export const state = () => ({ sync: A.initSyncState() });
export const say = (doc, state) => {
    const [sync, message] = A.generateSyncMessage(doc, state.sync);
    state.sync = sync;
    return message === null ? null : Buffer.from(message);
};
export const hear = (doc, state, message) => {
    const before = A.getHeads(doc).join();
    const [after, sync] = A.receiveSyncMessage(doc, state.sync, new Uint8Array(message));
    state.sync = sync;
    return [after, A.getHeads(after).join() !== before];
};
