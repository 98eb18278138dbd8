/*
 * session: the messages of proto/session.md 2, to and from bytes. Every decoder checks the whole message, so that what it
 * lends can be walked without another error. Unknown map keys are skipped.
 */
#ifndef LINLI_SESSION_MESSAGE_H
#define LINLI_SESSION_MESSAGE_H

#include "auth/auth.h"
#include "base/arena.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "session/session.h"

enum message_kind {
    MESSAGE_HELLO = 1, MESSAGE_SUMMARY, MESSAGE_DETAIL, MESSAGE_GRANTS, MESSAGE_RUN, MESSAGE_ASK, MESSAGE_PART,
    MESSAGE_CREDIT, MESSAGE_SENT, MESSAGE_SETTLE, MESSAGE_BYE, MESSAGE_ENROL, MESSAGE_ENROLLED, MESSAGE_DENIED, MESSAGE_WHO,
    MESSAGE_PENDING, MESSAGE_RECEIPT, MESSAGE_HEARD,
    MESSAGE_KINDS
};
enum bye_reason { BYE_DONE, BYE_STOPPING, BYE_REFUSED, BYE_PROTOCOL, BYE_DIVERGED, BYE_LIMIT, BYE_TIMEOUT, BYE_QUOTA };
enum { SESSION_VERSION = 1 };

/* Scan a message and split it. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT; `kind` may be one that is not known here. */
int message_open(span bytes, uint64_t *kind, span *body);
/* [kind, body], for a body encoded elsewhere. */
int message_wrap(struct buf *out, enum message_kind kind, span body);

struct hello {
    uint64_t version_low, version_high, clock_ms, credit_bytes;
    linli_id store_epoch;
    bool live;
    uint8_t heard[HEARD_BYTES]; /* over the receipts heard of; all zero: none */
    bool signs;                 /* receipts; then: */
    bool counts;                /* its side keeps count of meetings; then: */
    uint32_t met;               /* the first bytes of the other's store epoch when they last settled; 0: they have not */
    uint16_t run;               /* the end of the run of its store (auth/receipt.h): another one after each opening */
};
int hello_decode(span body, struct hello *out);
int hello_encode(struct buf *out, const struct hello *hello);

/* A checked array inside a message: the reader stands at its first element. */
struct list {
    struct reader at;
    size_t count;
};

struct summary_item {
    linli_id scope;
    bool subtree;
    linli_hash digest;
};
int summary_decode(span body, struct list *out, struct list *wants);
void summary_next(struct list *list, struct summary_item *out); /* count times */
void summary_want_next(struct list *list, struct session_want *out);
int summary_start(struct buf *out, size_t count);               /* then summary_add, count times */
int summary_start_wanting(struct buf *out, size_t count);       /* the same, and then summary_wants */
int summary_add(struct buf *out, const struct summary_item *item);
int summary_wants(struct buf *out, const struct session_want *wants, size_t count);

struct detail_head {
    linli_author author;
    uint64_t seq;
    linli_hash id;
    bool frozen;
};
struct detail_child {
    uint8_t nonce[16];
    linli_hash digest;
};
struct detail {
    struct scope_path path;
    bool subtree, more; /* more: another page of it follows */
    linli_hash digest;
    struct list heads, grants, children;
};
int detail_decode(span body, struct detail *out);
void detail_head_next(struct list *list, struct detail_head *out);
void detail_grant_next(struct list *list, linli_hash *out);
void detail_child_next(struct list *list, struct detail_child *out);
/* The detail of a scope that is not held. */
int detail_encode_empty(struct buf *out, const struct scope_path *path, bool subtree);

int grants_decode(span body, span *certificates); /* the array of bins, each within LIMIT_STATEMENT_BYTES */

struct run_head {
    linli_id scope;
    linli_author author;
    uint64_t first, count;
    span run;
    bool squeezed; /* `run` is in the arena; else lent */
};
int run_message_decode(struct arena *a, span body, struct run_head *out); /* the run's own bytes are not judged here */
int run_message_encode(struct buf *out, span run);

struct ask {
    linli_id scope;
    linli_author author;
    uint64_t from;
};
int ask_decode(span body, struct ask *out);
int ask_encode(struct buf *out, const struct ask *ask);

struct part_message {
    linli_id scope;
    linli_author author;
    uint64_t seq;
    uint32_t part;
    span bytes;
};
int part_message_decode(span body, struct part_message *out);
int part_message_encode(struct buf *out, const struct part_message *part);

int credit_decode(span body, uint64_t *bytes);
int credit_encode(struct buf *out, uint64_t bytes);
int who_encode(struct buf *out); /* an empty map */
int sent_decode(span body, uint64_t *round);
int sent_encode(struct buf *out, uint64_t round);
struct settle {
    uint64_t round;
    linli_hash digest;
    bool asks;  /* for a receipt, when it settles */
    span known; /* then: the newest receipt of the other side that it knows */
    bool lists; /* then: it reads receipts that list */
};
int settle_decode(span body, struct settle *out);
int settle_encode(struct buf *out, const struct settle *settle);
int receipt_message_decode(span body, span *certificate); /* empty: not now */
int receipt_message_encode(struct buf *out, span certificate);
enum { HEARD_MAX = 24 };
/* Arrays of bins, lent: HEARD_MAX at most in the two, each within LIMIT_STATEMENT_BYTES or, those that list, with entries, HEARD_LISTING_BYTES. */
enum { HEARD_LISTING_BYTES = 32 * 1024 };
struct heard_receipts {
    span plain, listing;
};
int heard_decode(span body, struct heard_receipts *out);
int heard_encode(struct buf *out, const struct heard_receipts *heard);
int bye_decode(span body, uint64_t *reason);
int bye_encode(struct buf *out, enum bye_reason reason);

/* --- enrolment (proto/session.md 6) --- */

enum denied_reason { DENIED_USED = 1, DENIED_EXPIRED = 2, DENIED_UNKNOWN = 3 };
struct enrolled { /* lent by the body; nothing of it is judged here */
    span root_file, certificates[LIMIT_CHAIN_CERTIFICATES]; /* a chain, with what the root said that it may need before it */
    size_t certificate_count;
    uint8_t network_key[KEY_BYTES];
};
int enrol_decode(span body, uint8_t key[KEY_BYTES]); /* the device key that asks; the rest is read by the replica */
int enrolled_decode(span body, struct enrolled *out);
/* 16 bytes are REVEAL_BYTES of noise/channel.h, which the node hands over. */
struct pending_message {
    uint8_t reveal[16];
    bool waits;
};
int pending_decode(span body, struct pending_message *out);
int pending_encode(struct buf *out, const struct pending_message *pending);
int denied_decode(span body, uint64_t *reason);
int denied_encode(struct buf *out, enum denied_reason reason);

#endif
