/* changeset: header, parts and entry of one commit in one scope: decode, identify, encode (proto/changeset.md). Pure. */
#ifndef LINLI_CHANGESET_CHANGESET_H
#define LINLI_CHANGESET_CHANGESET_H

#include "base/arena.h"
#include "base/crypto.h"
#include "codec/limits.h"

enum { SUITE_1 = 1, SALT_BYTES = 16 };

/* Where a changeset stands: implied by its place in a log, hashed into its id, never sent twice. */
struct position {
    linli_hash network;
    linli_id scope;
    linli_author author;
    uint64_t seq;
    linli_hash prev; /* zero for seq 1 */
};

struct seen_head {
    linli_author author;
    uint64_t seq;
    linli_hash id;
};

enum part_carried { PART_HELD = 0, PART_ABSENT = 1, PART_PRUNED = 2, PART_ERASED = 3 };

struct part {
    enum part_carried carried;
    unsigned cls;      /* as the tail declares, as are the next two */
    bool manage;
    size_t size;       /* in bytes, carried or not */
    linli_hash hash;
    span bytes;        /* the part as received; empty unless held */
    linli_type type;   /* held only, as are the next two */
    linli_id record;
    span ops;          /* the ops array, for ops_decode */
    bool in_order;     /* its record follows that of the last part held of its class; else its content is refused */
};

/* Beside the number of the schema: the changeset says that it holds entries of the audit and nothing else (proto/audit.md 3). */
#define CHANGESET_AUDIT UINT32_C(0x80000000)

struct changeset {
    struct position at;
    linli_hash id;
    span tail;
    struct seen_head *seen;
    size_t seen_count;
    bool has_grant;    /* false: the same grant as in the changeset before */
    linli_hash grant;
    linli_stamp stamp;
    uint32_t schema;
    struct part *parts;
    size_t part_count;
};

/*
 * Decode one entry (scanned here) at a position and compute its id. A changeset that would be over LIMIT_CHANGESET_BYTES with
 * every part in it is refused whatever the entry carries.
 * Returns: LINLI_OK; LINLI_E_FORMAT; LINLI_E_LIMIT; LINLI_E_NOMEM. `out` lies in the arena and lends `entry`.
 */
int changeset_decode(struct arena *a, const struct position *at, span entry, struct changeset *out);

/* What a writer hands in; parts' ops are encoded already (model ops_encode), sorted here by (record, class). */
struct draft_part {
    linli_type type;
    linli_id record;
    unsigned cls;
    bool manage;
    uint8_t salt[SALT_BYTES];
    span ops;
};
struct draft {
    struct position at;
    const struct seen_head *seen; /* any order; sorted here */
    size_t seen_count;
    const linli_hash *grant;      /* NULL: the same as before */
    linli_stamp stamp;
    uint32_t schema;
    const struct draft_part *parts;
    size_t part_count;
};
/*
 * Append the entry to `out` and give its id.
 * Returns: LINLI_OK; LINLI_E_ARG (a head or a (record, class) twice, the own author cited, seq 0, seq 1 without a grant);
 *          LINLI_E_LIMIT (over LIMIT_CHANGESET_BYTES, or a count over its limit); LINLI_E_FORMAT (ops that are not
 *          canonical); LINLI_E_NOMEM. `out` is as before unless LINLI_OK.
 */
int changeset_encode(struct arena *scratch, const struct draft *draft, struct buf *out, linli_hash *id);

int changeset_sign(const uint8_t secret[SIGN_SECRET_BYTES], const linli_hash *id, uint8_t out[SIGNATURE_BYTES]);
int changeset_check(const linli_author *author, const linli_hash *id, const uint8_t signature[SIGNATURE_BYTES]);

/*
 * The same entry as a reader of the classes in `class_mask` (bit 1 << class) may have it: parts of other classes become
 * [1, hash], and so does every part that is not carried, but for what was erased. Appends to `out`. The id is unchanged.
 */
int entry_for_classes(span entry, unsigned class_mask, struct buf *out);
/* The same entry with part i carried as as[i] says; what it does not carry cannot be PART_HELD: LINLI_E_FORMAT. Appends. */
int entry_as(span entry, const enum part_carried *as, size_t count, struct buf *out);
/*
 * The entry with part `index`'s content filled in. Appends to `out`, which is as before unless LINLI_OK.
 * Returns: LINLI_OK; LINLI_E_FORMAT (no such part, another size or hash, or not a part that may stand there); LINLI_E_REFUSED
 *          (the part was erased); LINLI_E_NOMEM.
 */
int entry_with_part(span entry, size_t index, span part, struct buf *out);

/*
 * Two entries of one changeset, decoded each, as the first with what it lacks (not what it has erased) out of the second, content or that it is erased. Appends to `out`, which is as before
 * unless LINLI_OK. Returns: LINLI_OK; LINLI_E_FORMAT (not of one changeset); LINLI_E_NOMEM.
 */
int entry_join(span x, span y, struct buf *out);

#endif
