/*
 * replica: what the files of this folder share: the replica itself, one write transaction (`struct work`), one log as
 * changesets pass (`struct log`), and the steps of the one door.
 */
#ifndef LINLI_REPLICA_INTERNAL_H
#define LINLI_REPLICA_INTERNAL_H

#include <linli/error.h>

#include "base/check.h"
#include "base/mem.h"
#include "model/schema.h"
#include "replica/keys.h"
#include "replica/receipts.h"
#include "replica/replica.h"
#include "replica/tally.h"

/* Types that the replica itself reads (proto/schema), and their fields. */
enum {
    TYPE_SCOPE = 1 << 1 | 1,
    SCOPE_NAME = 1, SCOPE_KIND = 2, SCOPE_PARENT = 3, SCOPE_NONCE = 4, SCOPE_DIVISION = 5, SCOPE_STYLE = 7,
    SCOPE_URBAN_RURAL = 8,
    TYPE_GRANT = 2 << 1 | 1,
    GRANT_CERTIFICATE = 1, GRANT_NAME = 2, GRANT_DEVICE = 3, /* record id: grant_record_id */
    TYPE_STATEMENT = 11 << 1 | 1,
    STATEMENT_CERTIFICATE = 1, STATEMENT_NOTE = 2, STATEMENT_GRANT_ADMITTED = 3 /* record id: statement_record_id */
};

/* Kinds of notes (store.h). */
enum {
    NOTE_ATTACHED = 'a', /* scope, grant id: a grant of another scope that a log of this one cites (authority_attach) */
    NOTE_DEVICE = 'd',  /* device key -> the ids of its grants held, 32 bytes each, as they came */
    NOTE_REVOKED = 'r', /* device key -> the ids of the revocations held that name it */
    NOTE_RULED = 'u',   /* scope, author -> the ids of the rulings held on that log */
    NOTE_ROOT = 'v',    /* kind -> the ids of the root's later versions that hold (5), of its affirmations held (6) */
    NOTE_FULL = 'f',    /* scope, issuer: a bound has been reached there; the last id of those that are not kept (statement_full.c) */
    NOTE_SAID = 's',    /* issuer (a grant or a document), scope, id: held, and said under it there (said.c) */
    NOTE_ERASURE = 'e', /* scope; scope, record -> the ids of the orders to erase it; scope, author, seq -> of those naming it */
    NOTE_INVITE = 'i',  /* hash of the secret -> an invitation, sealed */
    NOTE_KEYS = 'k',    /* record id of an epoch -> its keys that are here, sealed (key_ring.c) */
    NOTE_TEND = 't',    /* scope id: see whether somebody lacks keys there (keys_make.c) */
    NOTE_RECEIPT = 'p',     /* node, incarnation, number -> a receipt (receipts.c) */
    NOTE_LISTED = 'l',      /* the same -> the top of its list, then all its rows: of those given to us (receipt_list.c) */
    NOTE_HEARD = 'h',       /* node -> the incarnations that it was heard of in, 8 bytes each, as they came (receipt_keep.c) */
    NOTE_CONFIRMED = 'c',   /* node -> the last receipt that it gave to us */
    NOTE_WARNING = 'x',     /* node, incarnation, kind -> what receipts tell about it, with both (warnings.c) */
    NOTE_UNCONFIRMED = 'o', /* scope, author -> the first of our own changesets that no receipt covers (unconfirmed.c) */
    NOTE_TAKEN = 'q',   /* scope, device key -> bytes that were taken of what it wrote there (quota.c) */
    NOTE_MET = 'm',     /* device -> where we were when we last settled with it (met.c) */
    NOTE_WAITING = 'w'  /* scope, author, first -> a run that waits (waiting.c) */
};

/* Totals over all scopes of COUNT_CHANGESETS .. COUNT_FORKS stand under scope number 0 of the store's counters. */
enum { SCOPE_TOTAL = 0 };

struct held_grant {
    struct grant grant;     /* certificate: not kept here, at == NULL */
    uint64_t term_end_ms;
};

/* What it takes to know a stranger's hint. */
struct open_invite {
    uint8_t secret[32];
    uint64_t expires_ms;
};

struct pending; /* pending.c */

/* How much is taken of one device in one scope: at first, and each day more. */
struct quota {
    uint64_t first_bytes, daily_bytes;
};

struct replica {
    struct store *store;
    struct clock clock;
    struct rng rng;
    struct identity self;
    struct buf root_file;
    linli_author author;         /* self's key and incarnation */
    uint8_t index_key[32];       /* for index values of sensitive fields */
    uint8_t note_key[32];        /* seals what notes keep */
    linli_stamp stamp_last, stamp_signed;
    struct receipt_mark receipt_mark; /* of our own last receipt; number 0: none since the store was opened */

    /* Authors by number (at[number - 1]): all of them, so that a tie can be broken without a transaction. */
    linli_author *authors;
    size_t author_count, author_room;
    struct author_names names;

    struct key_ring ring;
    bool tend_due;               /* some scope is marked (NOTE_TEND) */

    struct held_grant *own;      /* grants whose subject is this device, as they came */
    size_t own_count, own_room;

    struct open_invite *invites; /* as the notes have them, opened once (enrol.c); NULL: not read yet */
    size_t invite_count;
    struct pending *pending;     /* devices that wait to be confirmed */
    size_t pending_count, pending_room;

    struct quota quota;          /* quota_usual, but in tests */
    bool stale;                  /* the store is to be written anew: its free pages may hold what was erased */
    uint64_t want_skip;          /* wants that were asked for the last time, when not all could be (want.c) */
    linli_event_fn listen;
    void *listen_ctx;
    const struct audit_actor *actor; /* of the call under way; NULL: nobody said (disclose.c) */
    char error[160];
};

/* Set the detail of a failure and give `code` back. Ids and numbers, never values. */
int replica_fail(struct replica *r, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The author of this number. A damaged row may name one that is not there: LINLI_E_CORRUPT. */
int author_known(const struct replica *r, uint32_t number, linli_author *out);

/* --- work.c: one write transaction --- */
struct work_count {
    uint32_t scope, what;
    int64_t by;
};
struct erase_due {
    linli_id scope, record;
    bool order;
};
struct work {
    struct replica *r;
    struct store_txn *txn;
    struct arena arena;          /* lives as long as the transaction */
    struct arena scratch;        /* reset for each changeset */
    struct buf bytes;            /* an encoding under way */
    uint32_t *scopes;            /* touched: their digests are made again before the commit */
    size_t scope_count, scope_room;
    struct linli_event *events;
    size_t event_count, event_room;
    struct work_count *counts;   /* counters to change, added up */
    size_t count_count, count_room;
    struct tally_list tallies;   /* figures to change (tally.c) */
    bool urgent;                 /* a statement is on its way in: it may have the store's reserve */
    bool advanced;               /* a head or a grant came in: what waits may go on */
    bool stale;                  /* from this commit on the store is to be written anew */
    struct erase_due *dues;      /* records whose erasure is to be seen to when the step is done (erase_follow.c) */
    size_t due_count, due_room;
    size_t statements;           /* that came in: the figures of digests do not have them yet */
    span *said;                  /* statements that came in, in `arena`: followed when the step is done (statement.c) */
    size_t said_count, said_room;
    size_t authors_before, own_before, ring_before; /* of the caches, for the way back */
    linli_stamp last_before, signed_before;
    uint64_t incarnation_before;
    bool tend_before;
};
/*
 * Run `step` in a write transaction: on LINLI_OK bring the digests up to date, commit, then tell the listener. On an
 * error nothing is changed, caches included. After LINLI_E_FULL the whole is done again, on a larger map, or in the reserve.
 */
int work_run(struct replica *r, int (*step)(struct work *w, void *ctx), void *ctx);
int work_touch(struct work *w, uint32_t scope);
int work_count(struct work *w, uint32_t scope, uint32_t what, int64_t by); /* COUNT_*; totals too */
int work_event(struct work *w, const struct linli_event *event);
int work_author(struct work *w, const linli_author *author, uint32_t *number); /* known from now on */

/* --- log.c --- */
/* One author's log in one scope as it stands while changesets pass; head.seq 0 when there is none. */
struct log {
    uint32_t scope, author;      /* numbers */
    linli_id scope_id;
    linli_author name;
    struct scope_path path;
    struct arena *arena;         /* where `cited` grows */
    struct head_row head;        /* head.cited is not used: `cited` is */
    struct cited_row *cited;     /* cited[i] is wire index i + 1 */
    size_t cited_count, cited_room;
    struct held_grant authority; /* of head.grant, when `judged_grant` */
    struct cut cut;              /* what revocations leave of what is written under it */
    bool judged_grant;
    size_t unsigned_bytes;       /* own log: entries since the last signature */
    bool changed;
};
/*
 * LINLI_OK also for a log of which nothing is held; LINLI_E_NOT_FOUND: no such scope. An author of whom nothing was ever
 * stored has no number: `author` 0, the name is for the caller to say, and the number when something is to be stored.
 */
int log_load(struct replica *r, struct store_txn *txn, struct arena *a, uint32_t scope, uint32_t author, struct log *out);
/* The same log before its first changeset, for walking it again. */
void log_rewind(struct log *log);
int log_save(struct store_txn *txn, const struct log *log);
/* Take the heads that `cs` cites into the cited table. LINLI_E_LIMIT: more authors than a log may cite. */
int log_cite(struct store_txn *txn, struct log *log, const struct seen_head *seen, size_t count);
/* May the log cite all that these changesets cite? LINLI_OK or LINLI_E_LIMIT. */
int log_cited_room(struct store_txn *txn, const struct log *log, const struct changeset *cs, size_t count);
void log_advance(struct log *log, const struct changeset *cs);   /* head := cs */
/* Position of the changeset after the head. */
void log_position(const struct replica *r, const struct log *log, struct position *at);
/* Decode one held changeset. Its id is right only when `prev` is (NULL: not wanted, and not computed for use). */
int log_changeset(const struct replica *r, struct store_txn *txn, struct arena *a, const struct log *log, uint64_t seq,
                  const linli_hash *prev, struct log_row *row, struct changeset *out);
/* The tables that ops_decode wants, for the changeset `seq` of this log. */
struct cited_tables {
    uint32_t *authors;
    uint64_t *cited;
    size_t count;
};
int log_tables(struct arena *a, const struct log *log, uint64_t seq, struct cited_tables *out);
/* The row of this author among those that the log cites, NULL when it cites none. */
const struct cited_row *log_cited_find(const struct log *log, uint32_t author);
/* The same log before its first changeset, what it will cite in the arena `a`. */
void log_before(const struct log *now, struct arena *a, struct log *out);
/* Walk on to `seq`: `log` as it stood after it. */
int log_walk(struct replica *r, struct store_txn *txn, struct log *log, uint64_t seq);
/* Both: `out` as it stood after `seq`. */
int log_at(struct replica *r, struct store_txn *txn, struct arena *a, const struct log *now, uint64_t seq, struct log *out);

/* --- judge.c --- */
struct missing { /* what a run waits for */
    bool grant;
    linli_hash id;           /* the grant's, or of the head cited */
    linli_author author;
    uint64_t seq;
};
struct judged {
    uint8_t *verdicts;       /* enum verdict, one for each part */
    struct op **ops;         /* of accepted parts that are held, in this store's author numbers */
    size_t *op_count;
    struct missing missing;
};
/*
 * The verdict on the changeset after log's head (proto/changeset.md 6), a pure function of changesets and grants. Writes
 * nothing to the store; `log` takes in what is cited. LINLI_OK; LINLI_E_WAIT (`missing` says for what; `log` as before);
 * LINLI_E_FORMAT, LINLI_E_LIMIT (no honest author made it); LINLI_E_NOMEM, LINLI_E_DISK, LINLI_E_CORRUPT.
 */
int judge(struct store_txn *txn, struct arena *a, struct log *log, const struct changeset *cs, struct judged *out);
/* The same of a changeset that is held: its form is known to be right, and what it cites to be here. */
int judge_again(struct store_txn *txn, struct arena *a, struct log *log, const struct changeset *cs, struct judged *out);
/* One part's content: LINLI_OK with `*verdict` ACCEPTED (and ops) or CONTENT. */
/* The part, which is held, says that it is an entry of the audit, itself or by its changeset, and is none: nobody is shown it. */
bool judge_belied(const struct changeset *cs, const struct part *part);
int judge_content(struct arena *a, const struct cited_tables *tables, const struct changeset *cs, const struct part *part,
                  struct op **ops, size_t *count, enum verdict *verdict);
/*
 * Classes (bit 1 << class) of which every part is here that no order to erase names. Only those are judged by their content,
 * and merged.
 */
struct erased;
unsigned judge_whole(const struct changeset *cs, const struct erased *erased);
/* Is the part erased, or of a record that is? ERASED, COVERED, or else ACCEPTED so far. */
int judge_erased(struct store_txn *txn, struct arena *a, const struct log *log, const struct erased *erased,
                 const struct changeset *cs, size_t i, enum verdict *verdict);
/* What can be told of a changeset's form from the one before it: LINLI_OK or LINLI_E_FORMAT. */
int judge_form(uint64_t last_seq, linli_stamp last_stamp, const linli_hash *last_grant, const struct changeset *cs);
/* Is this head known here, accepted or set aside, with that id? A head past a frozen log's end is. LINLI_OK or LINLI_E_WAIT. */
int judge_seen(struct store_txn *txn, uint32_t scope, const struct seen_head *seen);

/* All that a changeset cites: LINLI_OK, or LINLI_E_WAIT with what is missing first. */
int judge_seen_all(struct store_txn *txn, uint32_t scope, const struct changeset *cs, struct missing *missing);
/* The grant that this author cites. LINLI_E_WAIT with `*missing` when it is not held; LINLI_E_FORMAT when it is another's. */
int judge_grant(struct store_txn *txn, const linli_author *author, const linli_hash *id, struct held_grant *out,
                struct missing *missing);

/* --- door.c: the one door --- */
/*
 * Judge the next changeset of `log`, append it, merge what is accepted, and note who must hear of it. `signature` may
 * be NULL. `own`: it is ours, and LINLI_E_REFUSED or LINLI_E_ARG unless all of it is accepted. As judge(); LINLI_E_FULL.
 * `judged` lies in w->scratch.
 */
int door_pass(struct work *w, struct log *log, const struct changeset *cs, span entry, const uint8_t *signature, bool own,
              struct judged *judged);

/* Its second half: merge what is accepted, list what is set aside, learn. What is judged partly is passed over. */
int door_take(struct work *w, const struct log *log, const struct changeset *cs, const struct judged *judged);

/* --- fill.c: content that was left out comes in --- */
/* One log while its changesets are filled. Zero-initialise, set `w` and `log`; end with fill_end. */
struct filling {
    struct work *w;
    const struct log *log;  /* as it is */
    struct arena arena;
    struct log then;        /* as it was after then.head.seq, for the changesets that cite others */
};
/* Take from this entry of changeset `seq` what is not held yet: the same changeset, by its id. */
int fill_from(struct filling *f, uint64_t seq, span entry);
void fill_end(struct filling *f);

/* --- cover.c: is a scope of ours among those shared? The last one looked at is remembered. --- */
struct cover {
    const struct shared_scope *shared;
    size_t count;
    uint32_t scope;          /* looked at last; 0: none */
    linli_id id;
    bool covered;
};
int cover_look(struct cover *c, struct store_txn *txn, uint32_t scope);

/* --- want.c: what we may read and do not hold --- */
/* Want what this changeset lacks of these classes (bit 1 << class). */
int want_absent(struct work *w, const struct log *log, const struct changeset *cs, unsigned classes);
/* For each grant of ours that came in this step: want what of the logs held it alone lets us read. */
int want_follow(struct work *w);

/* --- learn.c: what the replica itself takes from an accepted part --- */
int learn_part(struct work *w, const struct log *log, const struct part *part, const struct op *ops, size_t count);
bool op_field(const struct op *op, linli_field field, span *item); /* the value of a public register's field, when the op writes it */
int learn_children(struct work *w); /* scopes that records read before tell of, and that may be held by now */

/* --- view.c: a record's readable state, with its index values, counters and conflict mark --- */
/* One accepted write, to be merged. */
struct merging {
    linli_type type;
    const struct op *ops;
    size_t count;
    uint32_t author;
    uint64_t seq;
    linli_stamp stamp;
};
int view_merge(struct work *w, uint32_t scope, const linli_id *record, const struct merging *writes, size_t count);
/* Put `now` (no groups: none) in place of what is shown. */
int view_replace(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *now);
/* The ring has grown past its first `keys_before`: what follows from the scope's records is made again. */
int view_reopen(struct work *w, uint32_t scope, size_t keys_before);
bool view_in_conflict(const struct record_state *state);
bool view_counts(const struct record_state *state); /* it is alive, or was brought back */

/* --- tally.c: figures, from one state of a record to the other; put into the store before the commit --- */
int tally_update(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before,
                 const struct record_state *after);
int tally_flush(struct work *w);

/* --- index.c --- */
enum { INDEX_SEALED_BYTES = HASH_BYTES };
#define INDEX_TAIL UINT32_C(0x80000000) /* with a field's number: the tails of its values */
struct index_entry {
    linli_type type;
    linli_field field;
    span value;
};
/*
 * What the index holds for a record in this state (as open_state gives it), sorted, without repeats: every value of every indexed field,
 * the tail of every number that is found by it, and (type, 0, "") for the record itself. In the arena.
 */
int index_entries(struct arena *a, const struct replica *r, const struct record_state *state, struct index_entry **out,
                  size_t *count);
/* The index value of one MessagePack item: the item, or a keyed hash (kept in `sealed`) for a sensitive field. */
span index_item(const struct replica *r, linli_type type, const struct linli_schema_field *field, span item,
                 linli_hash *sealed);
/* Indexes of the scope changed from one state to the other. */
int index_update(struct work *w, uint32_t scope, const linli_id *record, const struct record_state *before,
                 const struct record_state *after);

/* --- reindex.c --- */
int index_mark(struct store_txn *txn);       /* index and figures are as this program's schema has them */
int index_keep_up(struct replica *r);        /* make it so, when another program made it */

/* --- rebuild.c --- */
/* The changeset read last: the records that one changeset made are made again one after the other. Zero-initialise. */
struct rebuild {
    struct arena arena;
    struct log log;
    uint64_t seq;                /* 0: none kept */
    struct log_row row;
    struct changeset cs;
};
/*
 * A record's state from the changesets that touched it: what the view must equal. `out` lies in the arena `a` and lends
 * `by`: it lives until the next call with either.
 */
int rebuild_record(struct rebuild *by, struct replica *r, struct store_txn *txn, struct arena *a, uint32_t scope,
                   const linli_id *record, struct record_state *out);
void rebuild_end(struct rebuild *by);

/* Make these records again (an id may stand twice), and put what comes out in their place. */
struct record_ids {
    linli_id *at;
    size_t count, room;
};
int rebuild_records(struct work *w, uint32_t scope, const struct record_ids *ids);

/* --- standing.c: what stands of what is held --- */
/* `txn` is read when asked. Nothing revoked, nothing ruled: every question is answered without a look at any grant. */
struct standing_source standing_of(struct store_txn *txn);
/* May the holder use this grant now? */
int standing_usable(struct store_txn *txn, const struct grant *g, bool *usable);
/* How far the log is accepted in what it wrote under log->authority. */
int standing_of_log(struct store_txn *txn, struct arena *a, struct log *log);
/* A list of ids, 32 bytes each, under a note. Lent; empty when there is none. LINLI_E_CORRUPT. */
int ids_of_note(struct store_txn *txn, char kind, span key, span *ids);
int ids_to_note(struct store_txn *txn, char kind, span key, const linli_hash *id);
int ids_from_note(struct store_txn *txn, char kind, span key, const linli_hash *id);
/* One that must be held, in the arena: what the store lends may end with the next write. LINLI_E_CORRUPT when it is not. */
int held_certificate(struct store_txn *txn, struct arena *a, const linli_hash *id, span *out);
/* The statements that a note lists, decoded one by one: rows of `size` bytes, in the arena. */
struct note_form {
    size_t size;
    int (*decode)(span certificate, void *out);
};
int statements_listed(struct store_txn *txn, struct arena *a, const struct note_form *form, char kind, span key, void **out,
                      size_t *count);

/* --- said.c: what is held, by the grant or the document under which it was said --- */
typedef int (*said_fn)(void *ctx, const linli_hash *id, span certificate); /* may write; a code */
struct said_row {
    linli_hash issuer;
    linli_id scope;
    linli_hash id;
};
int said_add(struct store_txn *txn, const struct said_row *said);
int said_drop(struct store_txn *txn, const struct said_row *said);
int said_check(struct store_txn *txn, const struct said_row *said); /* LINLI_E_CORRUPT when it is not listed */
int said_under(struct store_txn *txn, const linli_hash *issuer, said_fn fn, void *ctx);
int said_by(struct store_txn *txn, const uint8_t device[KEY_BYTES], said_fn fn, void *ctx); /* under any of its grants */
/* Are there so many of the issuer in the scope, grants and all? */
int said_many(struct store_txn *txn, const linli_hash *issuer, const linli_id *scope, size_t most, bool *many);
int said_by_root(struct store_txn *txn, const linli_hash *first, said_fn fn, void *ctx); /* under all documents */
int said_keep_up(struct replica *r); /* the list is whole, whoever wrote to the store */

/* --- statement_room.c: how much is kept of what one issuer says in one scope of one device, or rules there on one log --- */
/*
 * Is there room for the statement under this note? Those with the least ids are kept, whatever the order in which they came: a greater
 * one goes, and `*gone` is its certificate, else empty. LINLI_E_LIMIT: this one is the greatest.
 */
int statement_room(struct work *w, const struct statement *st, char note, span key, span *gone);
int statement_put_out(struct work *w, span certificate);
int statement_counts(struct work *w, const struct statement *st, enum kept *kept); /* KEPT_LISTED: bounds do not */
/* How many of a list are kept of one issuer with one path; SIZE_MAX where no bound is. */
size_t statements_most(char note);

/* --- statement_trim.c: bounds looked at again --- */
/* Whose words are to be looked at: everybody's, or those of the root, and of these devices. */
struct sayers {
    bool all, root;
    uint8_t (*at)[KEY_BYTES];
    size_t count;
};
/* Put out what is too much of what they said and no act lists. */
int statements_trim(struct work *w, const struct sayers *sayers);

/* --- statement_full.c: where a bound has been reached --- */
/*
 * This issuer holds as much in the scope as a bound lets it. `greatest`: the last of those that are held although they are not kept,
 * where it is the bound of those; else NULL.
 */
int full_mark(struct work *w, const linli_id *scope, const linli_hash *issuer, const linli_hash *greatest);
/* Unmark those of these sayers; they are looked at again. */
int full_clear(struct work *w, const struct sayers *sayers);
int full_of(struct store_txn *txn, const uint8_t device[KEY_BYTES], bool *any); /* has this device reached one anywhere? */
/* The issuers that have in this scope, 32 bytes each, appended. */
int full_issuers(struct store_txn *txn, const linli_id *scope, struct buf *issuers);
/*
 * May this one, which came or went, have reached a bound? Not where it counts and few stand in its list: then all that it may do is to be the
 * one with which there are many in the scope, and of that a mark tells.
 */
int full_by(struct work *w, const struct statement *st, bool *may);
/* Is there no room for this one, which is not kept, among those that are not? */
int full_of_fallen(struct work *w, const struct statement *st, bool *full);
/* What is held of a scope that is not known here is compared with nobody: all such are one. */
int full_pool(struct store_txn *txn, const linli_id *scope, linli_id *out);

/* --- recall.c: what was said, found in a log --- */
/*
 * Each grant and statement whose record stands in this log, accepted, up to `last`, held or not, with the arrival number of its
 * changeset; `fn` gives a code.
 */
int recall_each(struct work *w, uint32_t scope, uint32_t author, uint64_t last,
                int (*fn)(void *ctx, span certificate, uint64_t arrival), void *ctx);

/* --- succession.c: later versions of the root document --- */
int root_said_read(void *txn, struct arena *a, struct root_said *out);
struct root_state {
    struct root_said said;
    struct succession succession;
};
int root_state_read(struct store_txn *txn, struct arena *a, struct root_state *out); /* `out` must stay where it is */
int root_document_held(void *txn, const linli_hash *id, struct root_document *out); /* LINLI_E_NOT_FOUND */
/* A version has come in, and is held: list it, when it holds, in place of those that hold no more. */
int root_version_list(struct store_txn *txn, const struct root_version *v);
int root_version_holds(struct store_txn *txn, const struct root_version *v, bool *holds); /* by what is listed, and itself */
/* How many later versions are held, whether they hold or not. */
int root_versions_count(struct store_txn *txn, const linli_id *root_scope, size_t *count);
int root_document_now(const struct replica *r, struct store_txn *txn, struct root_document *out); /* the version that holds */
/* A version or an affirmation came in. `*turned`: whatever the root ever said may stand or fall by it. */
int root_turned(struct store_txn *txn, const struct statement *news, bool *turned);

/* Certificates for somebody who may hold none of them: the root's versions, then chains with the affirmations that they need. */
struct introduction {
    span at[LIMIT_CHAIN_CERTIFICATES]; /* lent by the transaction, or in the arena */
    size_t count, grants, bytes;       /* of which LIMIT_CHAIN may be grants */
    struct root_state root;
    struct arena arena;
};
int introduction_start(struct store_txn *txn, struct introduction *out); /* free out->arena, whatever it gives */
/* LINLI_E_LIMIT: it does not fit, and nothing of it was added. */
int introduction_grant(struct store_txn *txn, struct introduction *t, const linli_hash *grant);

/* --- statement.c: revocations and rulings come in --- */
/* As authority_enter, for every kind but a grant: check and keep. */
int statement_enter(struct work *w, span certificate, bool *added);
/* A grant came in: acts that admit a device by it name it beside themselves. */
int statement_attach(struct work *w, const struct grant *g);
/* Which note lists it, under which key. */
int statement_note(span certificate, char *note, uint8_t key[ID_BYTES + AUTHOR_BYTES], size_t *size);
int order_put_out(struct work *w, span certificate); /* an order to erase goes: what it was about is judged again */
int statement_follow_later(struct work *w, span certificate); /* it came, or went; the certificate is in w->arena */
/* What came in since the last call, followed: whatever it may concern is judged again. When no log is under way. */
int statements_follow(struct work *w);

/* Begin a statement of our own, to be said under this grant. */
void statement_start(struct replica *r, const struct grant *by, const struct scope_path *path, struct statement *out);
/* The record that a statement travels in, in the scope of its path. `note` may be NULL, `grant` empty. */
int statement_record(struct work *w, const struct statement *st, span certificate, span grant, const char *note);

/* --- grant_give.c --- */
/* Our grant, of those that stand, under which these rights may be granted there. LINLI_E_REFUSED. */
int grant_issuer(struct work *w, const struct scope_path *path, unsigned rights, const struct held_grant **out);
struct grant_order {
    linli_id scope;
    uint8_t subject[KEY_BYTES], seal[KEY_BYTES];
    unsigned role, rights;
    uint64_t expires_ms;
    const linli_id *after;       /* an act under way that this grant outlasts, or NULL */
    span name, device_name;      /* of the holder and of the device; may be empty */
};
/* Issue a grant, enter it, write it down. LINLI_E_REFUSED when none of ours allows it. */
int grant_give(struct work *w, const struct grant_order *order, linli_hash *id);
/* The record that it travels in, in the scope that it speaks of; of the order its scope and the names count. */
int grant_record(struct work *w, const struct grant_order *order, const struct grant *g, span certificate);
/* The holder's name, else the device's, "" when neither may be read here. In the arena. */
int grant_holder(struct replica *r, struct store_txn *txn, struct arena *a, const struct grant *g, const char **out);

/* --- rejudge.c --- */
/* Judge the log again from its first changeset; verdicts, what is set aside, and the records concerned follow. */
int rejudge_log(struct work *w, uint32_t scope, uint32_t author);
/* The same of these changesets alone, rising; what lies before them is only walked over. */
int rejudge_changesets(struct work *w, uint32_t scope, uint32_t author, const uint64_t *seqs, size_t count);

/* --- authority.c: grants held --- */
struct grant_source authority_source(struct store_txn *txn); /* finds grants that are held, hence good */
int authority_get(struct store_txn *txn, const linli_hash *id, struct held_grant *out); /* LINLI_E_WAIT when not held */
/* Check and keep a grant or a statement. LINLI_OK with *added; a bad one gives grant_check's code and changes nothing. */
int authority_enter(struct work *w, span certificate, bool *added);
/*
 * A changeset came under a grant of another scope (it is set aside for that). Who holds this scope but not that one must be
 * able to say the same of it: the grant and its chain are named by this scope's detail, too, and go out before the log does.
 */
int authority_attach(struct work *w, const struct log *log);
/* Those of a scope, as grant_row_each would give them but without their bytes. */
int authority_attached_each(struct store_txn *txn, const linli_id *scope,
                            bool (*fn)(void *ctx, const linli_hash *id, span certificate), void *ctx);
bool authority_fault(int code); /* a code that speaks of the certificate, not of this replica */
/* Our grant, of those that stand, under which all of these parts may be written; LINLI_E_REFUSED. `prefer` may be NULL. */
int authority_for(const struct replica *r, struct store_txn *txn, const struct scope_path *path, const struct draft_part *parts, size_t count,
                  linli_stamp stamp, const linli_hash *prefer, linli_hash *grant);
int authority_load_own(struct replica *r, struct store_txn *txn);
/* Ids of the grants held for a device, 32 bytes each. Lent. */
int authority_of_device(struct store_txn *txn, const uint8_t device[32], span *ids);
/*
 * Classes (bit 1 << class) that the grants we hold let us read there. Whatever the clock says: what we want and keep must
 * not come and go with it, nor with the end of a term that another grant follows.
 */
unsigned authority_readable(const struct replica *r, const struct scope_path *path);
/* Chain of a held grant as certificates, root-most first. Lent by the transaction. */
int authority_chain(struct store_txn *txn, const linli_hash *id, span out[LIMIT_CHAIN], size_t *count);

/* --- quota.c: how much is taken of what others write --- */
extern const struct quota quota_usual;
/* Is as much held of this log's device in its scope as is taken for now of what comes next in this log? */
int quota_reached(struct work *w, const struct log *log, bool *reached);
int quota_count(struct work *w, const struct log *log, const struct changeset *changesets, size_t count); /* these are taken */
int quota_keep_up(struct replica *r); /* count what the store held before there was a quota */

/* --- tree.c: the scope tree --- */
int tree_path(struct store_txn *txn, uint32_t scope, struct scope_path *out);
int tree_learn(struct work *w, const struct scope_path *path, uint32_t *scope); /* with its ancestors */
int tree_add(struct work *w, uint32_t parent, const uint8_t nonce[16], uint32_t *scope, linli_id *id);

/* --- digest.c --- */
int digest_own(struct replica *r, struct store_txn *txn, uint32_t scope, struct digest_row *out); /* its own half */
void digest_figures_add(struct digest_figures *sum, const struct digest_figures *more);
/* What is held of a scope, alone or with what is below: zero when nothing is. */
int digest_element(struct store_txn *txn, const linli_id *scope, bool subtree, struct receipt_element *out);
/* Nothing held of a scope, nor (`below`) under it: it has no digest, whether one knows of it or not. The row is then zero. */
bool digest_settle(const linli_id *scope, bool below, struct digest_row *row);
bool digest_none(const linli_hash *digest);
int digest_refresh(struct work *w); /* touched scopes and their ancestors */
int digest_all(struct store_txn *txn, linli_hash *out, uint64_t *scopes); /* for status: over every scope held */

/* --- renew.c --- */
/* Our log was closed by an act: what we write from now on begins a new one. When no log is under way. */
int incarnation_renew(struct work *w);
/* Whatever was before. */
int incarnation_begin(struct work *w);

/* --- commit.c, edit.c --- */
int commit_edits(struct work *w, struct edit *const *edits, size_t count, struct linli_committed *out);
/* Append an op with an empty context to an edit. The edit's arena takes copies. */
int edit_add(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, uint32_t group, span key,
             span value);
int edit_life(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type);
int edit_deleted(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type);
/* A register group of one field: any item, text, a number, bytes. LINLI_E_SCHEMA: no such field. */
int edit_field(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field, span item);
int edit_text(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field,
              const char *text);
int edit_uint(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field,
              uint64_t number);
int edit_bin(struct edit *e, const linli_id *scope, const linli_id *record, linli_type type, linli_field field, span bytes);
void edit_free(struct edit *e);

/* --- ingest.c --- */
int ingest_waiting(struct work *w); /* let in what waited for what has come meanwhile */
bool ingest_fault(int code);        /* a code that speaks of the run, not of this replica */

/* --- fork.c --- */
struct fork_found {
    uint64_t shared;             /* last changeset that both branches share */
    const struct run *run;       /* the branch that came */
    const struct changeset *changesets;
};
/* Freeze the log and take back what is beyond (proto/changeset.md 7). */
int fork_freeze(struct work *w, struct log *log, const struct fork_found *found);
/* A run of a frozen log's evidence: branch `index` of those that part after the frozen head. LINLI_E_NOT_FOUND. */
int fork_branch(struct store_txn *txn, struct arena *a, const struct log *log, size_t index, struct run *out);

/*
 * A run of what is held from `first` on, up to the first signature: where the log's own rows end without one, it goes on
 * with the evidence of a fork or with the run that waits. LINLI_E_NOT_FOUND when no signature is held.
 */
int fork_held_run(struct store_txn *txn, struct arena *a, const struct log *log, uint64_t first, struct run *out);

/* --- waiting.c: runs that wait for what they cite --- */
/*
 * Keep a run until what it misses comes. The queue is bounded in places and bytes, in all and for each scope and each key;
 * where there is no room, one whose author holds a grant here puts out those whose author holds none. `*kept` false: its
 * sender has it still.
 */
int waiting_put(struct work *w, const struct run *run, span bytes, const struct missing *missing, bool *kept);
int waiting_drop(struct work *w, const struct run *run);
/* The waiting run of this log that holds changeset `seq`. LINLI_E_NOT_FOUND. */
int waiting_find(struct store_txn *txn, struct arena *a, const linli_id *scope, const linli_author *author, uint64_t seq,
                 struct run *out);
/* A run whose wait is over, in the arena; LINLI_E_NOT_FOUND when there is none. */
int waiting_ready(struct store_txn *txn, struct arena *a, span *bytes);
/* How far this log is cited by runs of others that wait for it, or by such of its own device as those wait for; 0: not at all. */
int waiting_needs(struct store_txn *txn, const linli_id *scope, const linli_author *author, uint64_t *seq);
int waiting_count(struct store_txn *txn, uint64_t *runs, uint64_t *bytes);
/* Those of a scope; what `fn` puts out is kept in the place of the run, nothing: as it was. */
int waiting_each(struct work *w, const linli_id *scope, int (*fn)(void *ctx, span run, struct buf *out), void *ctx);

/* --- invite.c, pending.c --- */
void invites_forget(struct replica *r); /* wipes them */
void pending_free(struct replica *r);

#endif
