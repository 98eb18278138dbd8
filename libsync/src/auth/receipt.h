/*
 * auth: receipts: what a node says it holds, and what two of them tell about it (proto/receipts.md). Pure: nothing is kept here,
 * and whose key may sign them is for the caller to know.
 */
#ifndef LINLI_AUTH_RECEIPT_H
#define LINLI_AUTH_RECEIPT_H

#include "auth/receipt_list.h"

enum {
    RECEIPT_ELEMENTS_MAX = 48,
    RECEIPT_ENTRIES_MAX = 48, /* told with one */
    RECEIPT_SAID_MAX = RECEIPT_ELEMENTS_MAX + RECEIPT_ENTRIES_MAX,
    RECEIPT_TOLD_BYTES = 32 * 1024, /* one with its entries */
    RECEIPT_TURN_BITS = 20 /* of a number: which receipt since the last commit */
};

/* In the figure of statements, for all that one said in one scope where a bound is reached: from then on ids come and go there. */
#define RECEIPT_FULL (UINT64_C(1) << 40)

/* How far a store had come: see proto/receipts.md 1. */
struct receipt_mark {
    uint64_t opened, run;    /* run: drawn at each opening */
    uint64_t number;
};

struct receipt {
    linli_hash id, network;
    uint8_t node[KEY_BYTES];
    uint64_t incarnation;
    struct receipt_mark mark;
    uint64_t issued_ms;
    bool lists;              /* version 2: */
    linli_hash list;         /* the top of its list */
    span elements;           /* array, lent by the certificate */
    span certificate;        /* lent */
    span entries;            /* array, lent: entries of its list that were told with it; empty: none */
};

/*
 * Encode and sign; the certificate is appended, and `id` filled in. The elements are sorted by this call. LINLI_OK;
 * LINLI_E_ARG (none, more than there may be, one scope twice, or a number below `opened`); LINLI_E_LIMIT; LINLI_E_NOMEM.
 */
int receipt_make(const uint8_t secret[SIGN_SECRET_BYTES], struct receipt *r, struct receipt_element *elements, size_t count,
                 struct buf *certificate);
/* Form only. LINLI_OK, LINLI_E_FORMAT, LINLI_E_LIMIT, LINLI_E_VERSION (a body of a newer version than 2). */
int receipt_decode(span certificate, struct receipt *out);
/* As it is kept and passed on: a certificate, or one with entries. */
int receipt_told_decode(span told, struct receipt *out);
int receipt_told_write(const struct receipt *r, struct buf *out);
/* What goes with one: entries of its list, put in order by this call. */
int receipt_entries_write(struct list_entry *entries, size_t count, struct buf *out);
/* Those that were told with it: how many. Paths lent. */
size_t receipt_entries(const struct receipt *r, struct list_entry out[RECEIPT_ENTRIES_MAX]);
/* Of one that was decoded: did the key that it names sign it, and are its entries of its list? LINLI_OK or LINLI_E_SIGNATURE. */
int receipt_verify(const struct receipt *r);

/* Element `i`; false past the end. */
bool receipt_element(const struct receipt *r, size_t i, struct receipt_element *out);
/* Does it say of exactly these what they are? They are in any order. */
bool receipt_says(const struct receipt *r, const struct receipt_element *elements, size_t count);

/* All that it says: elements and entries, in the order of element_order. */
struct receipt_said {
    struct receipt_element at[RECEIPT_SAID_MAX];
    size_t count;
};
void receipt_said(const struct receipt *r, struct receipt_said *out);
const struct receipt_element *receipt_said_find(const struct receipt_said *said, const linli_id *scope, bool subtree); /* or NULL */
/* One that is not in it yet. False: there is no room. */
bool receipt_said_add(struct receipt_said *said, const struct receipt_element *element);

/* Does `x` say at least as much as `y`, of each of these scopes that `y` speaks of? */
bool receipt_covers(const struct receipt *x, const struct receipt *y, const linli_id *scopes, size_t count);

enum receipt_verdict {
    RECEIPTS_AGREE,
    RECEIPTS_FORKED,
    RECEIPTS_ROLLED_BACK,
    RECEIPTS_RIGHTS_WITHHELD,
    RECEIPTS_RECORDS_WITHHELD,
    RECEIPTS_ANEW            /* two incarnations: nothing else can be told */
};
/* What two receipts of one node tell, whichever is the newer. */
enum receipt_verdict receipt_compare(const struct receipt *x, const struct receipt *y);
/* The same, when more is known of what they say than was told with them. */
enum receipt_verdict receipts_tell(const struct receipt *x, const struct receipt_said *xs, const struct receipt *y,
                                   const struct receipt_said *ys);
/* Can both be of one store that went on and on? */
bool receipt_marks_agree(const struct receipt_mark *x, const struct receipt_mark *y);

#endif
