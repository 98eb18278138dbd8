/*
 * replica: the one door to the store. Our own edits (commit.c) and a stranger's runs (ingest.c) end in the same function
 * (door.c): judge, append, merge, write the view and the indexes, note what to tell the observers, in one transaction.
 * Clock and randomness are handed in. Not thread-safe: the API above takes turns.
 */
#ifndef LINLI_REPLICA_REPLICA_H
#define LINLI_REPLICA_REPLICA_H

#include <linli/audit.h>
#include <linli/authority.h>
#include <linli/erase.h>
#include <linli/figures.h>
#include <linli/grant.h>
#include <linli/observe.h>
#include <linli/query.h>
#include <linli/receipt.h>
#include <linli/root.h>

#include "auth/auth.h"
#include "base/hlc.h"
#include "changeset/run.h"
#include "model/reading.h"
#include "store/store.h"

struct replica;

struct replica_config {
    struct store_config store;
    struct clock clock;
    struct rng rng;
};

/* --- replica.c: open and close --- */
int replica_create_root(const struct replica_config *config, unsigned scope_kind, const char *name, const char *division,
                        struct replica **out);
/* What an enrolling device brings home (proto/session.md 6). */
struct enrolment {
    span root_file;
    uint8_t network_key[32];
    uint8_t sign_public[32], sign_secret[SIGN_SECRET_BYTES], seal_public[32], seal_secret[32];
    uint64_t incarnation;
    const span *certificates;   /* own chain, root-most first; the last is our grant */
    size_t certificate_count;
};
int replica_create_joined(const struct replica_config *config, const struct enrolment *enrolment, struct replica **out);
int replica_open(const struct replica_config *config, struct replica **out);
void replica_close(struct replica *r);
void replica_close_soon(struct replica *r); /* without writing the store anew where that is due: the next opening does it */
/* Another store key, for root.key too where it lies in the folder; `now`: as the replica was opened. As store_rekey. */
int replica_rekey(struct replica *r, const struct replica_config *now, const uint8_t key[32]);
const char *replica_error(const struct replica *r);        /* detail of the last failure: ids and numbers, never values */
struct identity { /* lent for the life of the replica */
    uint8_t sign_public[32], sign_secret[SIGN_SECRET_BYTES], seal_public[32], seal_secret[32];
    uint64_t incarnation;
    linli_hash network;
    linli_id store_epoch, root_scope;
    uint8_t network_key[32];
    struct root root;
    span root_file;
};
const struct identity *replica_identity(const struct replica *r);
uint64_t replica_now_ms(const struct replica *r);
int replica_status(struct replica *r, struct linli_status *out);
int replica_conflicts(struct replica *r, uint64_t *out); /* of the status, what costs nothing however many scopes there are */

/* --- commit.c: a person saves a form --- */
/* One intended write, its context in wire-independent form: author numbers of this store, out of a token or a reading. */
struct edit_op {
    linli_id scope, record;
    linli_type type;
    struct op op;
};
struct edit { /* what one transaction gathered; ops lie in the edit's arena */
    struct arena arena;
    struct edit_op *ops;
    size_t count, room;
};
/* Several edits, one LMDB commit, one sync; each edit makes one changeset in each scope it touches. All or none. */
int replica_commit(struct replica *r, struct edit *const *edits, size_t count, struct linli_committed *out);

/* --- keys_make.c: keys of sealed values (proto/sealing.md 5) --- */
/*
 * Wrap keys for those who have been granted them meanwhile, and make the keys that are for this device to make: after grants
 * came in. Cheap when there is nothing to do; what is over the bound of one call waits for the next.
 */
int replica_keys_tend(struct replica *r);
/* A new epoch for each scope at or below this one of which this device holds the keys, for those who are entitled now. */
int replica_keys_rotate(struct replica *r, const linli_id *scope);

/* --- ingest.c: a run arrives --- */
enum ingest_outcome {
    INGEST_STORED,    /* taken (maybe partly held before); `advanced` says how many changesets were new */
    INGEST_WAITING,   /* cites what is not here: what can be judged is taken, the rest is kept in the bounded queue and
                         retried as heads and grants come in */
    INGEST_GAP,       /* does not attach: ask for this log from `from` on */
    INGEST_FORKED,    /* two changesets of one dot: frozen, evidence kept */
    INGEST_HELD_BACK  /* as much of its author's is here as is taken for now (quota.c): nothing of it is kept */
};
struct ingested {
    enum ingest_outcome outcome;
    uint64_t advanced, set_aside, from;
    linli_id scope;
    linli_author author;
    uint64_t head;    /* the log's head afterwards */
};
/*
 * LINLI_OK with `out`; LINLI_E_SIGNATURE, LINLI_E_FORMAT, LINLI_E_LIMIT: the peer's fault, nothing stored;
 * LINLI_E_NOT_FOUND: no such scope here; LINLI_E_DISK, LINLI_E_FULL, LINLI_E_NOMEM.
 * Several runs in one commit: outs[i] for runs[i]; a fault in one is in codes[i] and does not touch the others.
 */
int replica_ingest(struct replica *r, const span *runs, size_t count, struct ingested *outs, int *codes);
/* Certificates, root-most first. Those not good or not attached are skipped; `added` counts the new ones. */
int replica_grants_add(struct replica *r, const span *certificates, size_t count, size_t *added);
/*
 * One run of a scope that is not held, but that a peer named: the scope (with what is above it) is held from then on when
 * something of this run is stored, in the same commit; otherwise nothing is kept, and *code is the run's fault or
 * LINLI_E_NOT_FOUND. A path costs its sender nothing, so no path alone may leave a row.
 */
int replica_ingest_below(struct replica *r, const struct scope_path *path, span run, struct ingested *out, int *code);
int replica_part_fill(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t seq, uint32_t part, span bytes);

/* --- serve.c: what a session asks to be read --- */
struct peer_access { /* what a peer may read, from its grants: decide_read for each scope */
    struct grant *grants;
    uint64_t *term_end_ms;
    size_t count;
};
/* Verify a chain (root-most first; MessagePack array of bins) and gather every grant held for that device key.
   LINLI_E_REFUSED when none is good for `device` now. Yours: peer_access_free. */
int replica_peer_access(struct replica *r, const uint8_t device[32], span chain, struct peer_access *out);
int replica_own_access(struct replica *r, struct peer_access *out);
void peer_access_free(struct peer_access *access);
int replica_own_chain(struct replica *r, struct buf *chain);   /* for the handshake */
/* Appends an array of certificates: the grants of this device and of ours that are held and that nothing ends, with their chains. */
int replica_handover(struct replica *r, const uint8_t device[32], struct buf *certificates);

/* A root of the shared set: a scope alone, or with everything below it. */
struct shared_scope {
    struct scope_path path;
    linli_id id;
    bool subtree;
};
/* What both may read: the same list on both sides, root-most first, by id within a depth. Appends to *out (yours: mem_free). */
int replica_shared(struct replica *r, const struct peer_access *a, const struct peer_access *b, struct shared_scope **out, size_t *count);
/* Parts that we want in these scopes, and of what `device` (or NULL) wrote anywhere, at most `max`; the next time, others, when there are more. */
struct part_wanted {
    linli_id scope;
    linli_author author;
    uint64_t seq;
    uint32_t part;
};
int replica_wants(struct replica *r, const uint8_t device[KEY_BYTES], const struct shared_scope *shared, size_t shared_count,
                  struct part_wanted *out, size_t max, size_t *count);
/* --- met.c: the last meeting --- */
struct peer_met {
    uint8_t device[KEY_BYTES];
    linli_id epoch;              /* of its store */
    uint64_t arrival;            /* of what came here up to this number, and is shared, it has its own */
};
struct log_news {
    linli_id scope;
    linli_author author;
    uint64_t from, to;
};
/*
 * What came into these scopes since we last settled with this device, without what it wrote itself: one entry a log, at most `max`.
 * `*epoch` is that of its store then; zero: we never have. `*all` false, with no news: so much is new that looking for it costs less.
 */
int replica_news(struct replica *r, const uint8_t device[KEY_BYTES], const struct shared_scope *shared, size_t shared_count,
                 linli_id *epoch, struct log_news *out, size_t max, size_t *count, bool *all);
int replica_arrival(struct replica *r, uint64_t *out); /* the number of what came last */
/* Settled with each of these. Writes only when something is to be changed. */
int replica_met(struct replica *r, const struct peer_met *mets, size_t count);

int replica_digest(struct replica *r, const linli_id *scope, bool subtree, linli_hash *out); /* zero hash when not held */
int replica_element(struct replica *r, const linli_id *scope, bool subtree, struct receipt_element *out); /* with its figures */
/*
 * Detail of a scope as one session message body (proto/session.md 4): digest, heads, grant ids,
 * children with their subtree digests when `subtree`. Appends the message's map (not its kind) to `out`.
 */
int replica_detail(struct replica *r, const linli_id *scope, bool subtree, struct buf *out);
/*
 * A run of this log from `from` on, cut at a signed head, parts outside class_mask left out. At most `bytes_max`, but that
 * one that needs more to reach its first signature is given whole. LINLI_E_NOT_FOUND when there is none.
 * Past the end of a frozen log stands the evidence that ends it: `from` = head + 1 + i gives branch i, and *last = from, so
 * that reading on from *last + 1 gives every branch. A peer that holds the log unfrozen, or frozen further on, must be sent
 * all of them. Rows up to a frozen head that have no signature of their own come with a branch that proves them (*last is
 * the head then); a run that waits here is given whole, and *last may be past the head.
 */
int replica_read_run(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t from, unsigned class_mask,
                     size_t bytes_max, struct buf *out, uint64_t *last);
int replica_read_part(struct replica *r, const linli_id *scope, const linli_author *author, uint64_t seq, uint32_t part, unsigned class_mask, struct buf *out);
int replica_read_certificate(struct replica *r, const linli_hash *id, struct buf *out);
/* Class mask; LINLI_E_NOT_FOUND: nothing may be read of it, or it is not held. */
int replica_readable(struct replica *r, const struct peer_access *access, const linli_id *scope, unsigned *classes);
int replica_scope_path(struct replica *r, const linli_id *scope, struct scope_path *out);
/* Heads of one scope, for comparing with a peer's detail. `fn` false stops. */
int replica_head_each(struct replica *r, const linli_id *scope, bool (*fn)(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen), void *ctx);

/* --- invite.c: invitations --- */
int replica_invite(struct replica *r, const struct linli_invite *invite, char *uri);
/* The open invitation with this hint (channel_hint): its secret. LINLI_E_NOT_FOUND, LINLI_E_EXPIRED. */
int replica_invite_find(struct replica *r, const uint8_t hint[16], uint8_t secret[32]);

/* --- enrol.c, pending.c: devices that come with one --- */
struct enrol_ask {
    const uint8_t *secret;       /* the channel was keyed with it */
    span request;                /* body of the message `enrol` */
    unsigned code;               /* the digits of this handshake (channel_code) */
    bool again;                  /* this handshake was told to wait before */
    bool confirm_all;            /* confirm whatever the invitation says, but for viewers */
};
/*
 * Grant it, and append the `enrolled` body. `said` (no names in it) is filled as far as the invitation is known.
 * LINLI_E_WAIT: nothing is granted until replica_enrol_confirm; ask again. LINLI_E_USED, LINLI_E_EXPIRED, LINLI_E_NOT_FOUND,
 * LINLI_E_REFUSED (it was rejected, or we may not grant that any more), LINLI_E_LIMIT (too many wait).
 */
int replica_enrol(struct replica *r, const struct enrol_ask *ask, struct buf *answer, struct linli_enrol_request *said);
void replica_enrol_gone(struct replica *r, const uint8_t device[32]); /* its line is closed: it waits no more */
int replica_enrol_each(struct replica *r, linli_enrol_fn fn, void *ctx);
int replica_enrol_confirm(struct replica *r, unsigned code);
int replica_enrol_reject(struct replica *r, unsigned code);

/* --- receipt_share.c: what a session has to know of receipts (proto/receipts.md 3, 4) --- */
struct receipts_meeting {
    bool signs;                  /* we are a node: our hello says */
    uint64_t run;
    uint8_t heard[8];            /* over what we have heard of other nodes; zero: nothing */
    struct buf known;            /* the newest receipt known of the peer, as it is now; empty: none */
    uint64_t known_run;
    linli_hash settled;          /* on what the last one was given that the peer gave to us; zero: none, or it is old */
};
int replica_receipts_meet(struct replica *r, const linli_author *peer, const struct shared_scope *shared, size_t count,
                          struct receipts_meeting *out);
void receipts_meeting_free(struct receipts_meeting *meeting);
/* What a peer may not have heard: an array of bins, those without a list; and another, those with one, and entries of it. */
int replica_receipts_heard(struct replica *r, const uint8_t peer[KEY_BYTES], const struct shared_scope *shared, size_t count,
                           struct buf *plain, struct buf *listing);
int replica_receipt_each(struct replica *r, linli_receipt_fn fn, void *ctx);

/* --- receipt_sign.c, receipt_take.c, warnings.c, unconfirmed.c --- */
/* May we sign: is some grant of ours that we may use a node's? */
int replica_signs(struct replica *r, bool *signs);
/*
 * Sign what both have settled on, once the newest of ours that the peer knows (may be empty) was looked at; `lists`: it reads receipts
 * that list. LINLI_E_CLOSED: it is not held like that any more; LINLI_E_REFUSED: we are no node.
 */
int replica_receipt_sign(struct replica *r, struct receipt_element *elements, size_t count, bool lists, span shown, struct buf *out);
struct receipt_answer { /* to our question */
    const uint8_t *node;
    span certificate, shown;     /* `shown` went with the question */
    const struct receipt_element *elements; /* what we hold ourselves */
    size_t count;
    linli_hash settled;
};
/* LINLI_OK, also when it had to be warned of; as receipt_decode; LINLI_E_SIGNATURE, LINLI_E_NETWORK, LINLI_E_REFUSED: no node's. */
int replica_receipt_take(struct replica *r, const struct receipt_answer *answer);
/* What a peer has heard, with entries or without. What is no good node's receipt is passed over. */
int replica_receipts_hear(struct replica *r, const span *told, size_t count);
int replica_unconfirmed(struct replica *r, uint64_t *out);
int replica_warning_each(struct replica *r, linli_warning_fn fn, void *ctx);

/* --- scopes.c, grants.c --- */
int replica_scope_add(struct replica *r, const linli_id *parents, const struct linli_scope_spec *specs, size_t count, linli_id *ids);
int replica_scope_each(struct replica *r, linli_scope_fn fn, void *ctx);
int replica_scope_find(struct replica *r, const char *text, linli_id *id);
/* --- figures.c: see <linli/figures.h> --- */
int replica_tally_each(struct replica *r, const linli_id *scope, linli_type type, const linli_field *fields, size_t count,
                       linli_tally_fn fn, void *ctx);
int replica_coverage_each(struct replica *r, const linli_id *scope, int64_t day, linli_coverage_fn fn, void *ctx);
int replica_grant_each(struct replica *r, linli_grant_fn fn, void *ctx);
int replica_device_name(struct replica *r, const uint8_t device[32], char *out, size_t size);

/* --- ceremony.c: see <linli/root.h> --- */
int replica_root_read(struct replica *r, struct linli_root *out);
int replica_root_each(struct replica *r, linli_root_fn fn, void *ctx);
int replica_root_draft(struct replica *r, const struct linli_root_order *order, struct buf *out);
int replica_root_apply(struct replica *r, const struct root_draft *draft); /* LINLI_E_WAIT: too few have signed */

/* --- revoke.c, rule.c: see <linli/authority.h> --- */
int replica_revoke(struct replica *r, const struct linli_revoke *revoke, struct linli_revoked *out);
int replica_rule(struct replica *r, const struct linli_ruling *ruling, struct linli_ruled *out);

/* --- disclose.c, audit_list.c: what was shown to whom (proto/audit.md) --- */
enum { ACTOR_NAME_BYTES = 64, ACTOR_REASON_BYTES = 256 };
/* Who makes the calls that follow, and why. */
struct audit_actor {
    char name[ACTOR_NAME_BYTES + 1], reason[ACTOR_REASON_BYTES + 1];
    bool bulk;                   /* reads of single records are recorded as lists */
};
void replica_actor(struct replica *r, const struct audit_actor *actor); /* lent until the next call of this */
int replica_audit_note(struct replica *r, const struct linli_audit_note *note);
int replica_audit_each(struct replica *r, const struct linli_audit_query *query, linli_audit_fn fn, void *ctx);

/* --- erase.c, erase_tell.c: see <linli/erase.h> --- */
int replica_erase(struct replica *r, const struct linli_erase *erase, struct linli_erased *out);
int replica_erasure_each(struct replica *r, const linli_id *record, linli_erasure_fn fn, void *ctx);
int replica_due_each(struct replica *r, const linli_id *scope, linli_due_fn fn, void *ctx); /* erase_due.c */
/* Is the store to be written anew, because of what its free pages may hold? Do it. As store_compact. */
bool replica_stale(const struct replica *r);
int replica_compact(struct replica *r, struct linli_compacted *out);

/* --- read.c, query.c, history.c, verify.c --- */
/*
 * One record's state, decoded into the arena from a copy, open as far as it opens here; LINLI_E_NOT_FOUND. For writing what follows
 * from it: what is to be handed out comes from replica_show, which records that (disclose.h), or with its sealed values closed.
 */
int replica_load(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out);
int replica_show(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out);
int replica_show_closed(struct replica *r, struct arena *a, const linli_id *record, linli_id *scope, struct record_state *out);
/* Its registers and ladders as the reading of this token showed them; LINLI_E_STALE, LINLI_E_FORMAT as token_context. */
int replica_show_seen(struct replica *r, struct arena *a, const linli_id *record, span token, linli_id *scope,
                      struct record_state *out);
/*
 * One group as a reading showed it that had seen `shown` of its only cell, out of the record's present `state` or, when
 * that went on, out of the history. Lies in the arena; *out has no cells when nothing was shown. `told`: who is shown it, of the
 * call that read `state`; NULL: nobody, it is for writing what follows.
 */
struct disclosure;
int replica_shown_group(struct replica *r, struct arena *a, const linli_id *scope, const linli_id *record,
                        const struct record_state *state, uint32_t group, const struct context *shown, struct disclosure *told,
                        struct group_state *out);
/* Is there a record of this id in this very scope (deleted or not)? LINLI_E_NOT_FOUND: no such scope. */
int replica_holds(struct replica *r, const linli_id *scope, const linli_id *record, bool *out);
const struct author_names *replica_names(struct replica *r); /* valid inside a call of the replica */
int replica_author_number(struct replica *r, const linli_author *author, uint32_t *number);
/* What matches a query, in the query's order. `ids_only`: `fn` hands nothing of the states to anybody. */
typedef bool (*query_fn)(void *ctx, const linli_id *scope, const linli_id *record, const struct record_state *state);
int replica_query(struct replica *r, const struct linli_query *query, bool ids_only, query_fn fn, void *ctx);
int replica_id_find(struct replica *r, const char *prefix, linli_id *id);
int replica_history_each(struct replica *r, const linli_id *record, linli_write_fn fn, void *ctx);
int replica_conflict_each(struct replica *r, const linli_id *scope, const linli_id *record, linli_conflict_fn fn, void *ctx);
int replica_aside_each(struct replica *r, const linli_id *scope, linli_aside_fn fn, void *ctx);
int replica_verify(struct replica *r, struct linli_verify *verify);

/* --- observe.c --- */
/* Events of the last commit or ingest, in order, told after the transaction is durable. One listener: the API fans out. */
void replica_listen(struct replica *r, linli_event_fn fn, void *ctx);

/* Field values between MessagePack items and the public kind. */
int value_read(span item, const struct linli_schema_field *field, struct linli_value *out); /* lends item */
bool date_days(span item, int64_t *days); /* of a date, from 1970-01-01; false: there is none, or it is no date */
int value_write(const struct linli_schema_field *field, const struct linli_value *value, struct buf *out); /* LINLI_E_SCHEMA */
struct linli_value value_sealed(span item, const struct linli_schema_field *field); /* the marker of what does not open; lends item */
/*
 * The field by this number in a value of this group. False: it is not to be read, because it is no field at all or because
 * it stands in a group that it does not belong to, where a writer without the right to its class could have put it.
 * `type` NULL and *field NULL: not known to this version.
 */
bool field_in_group(const struct linli_schema_type *type, uint32_t group, uint64_t number,
                    const struct linli_schema_field **field);

#endif
