/*
 * replica: what is opened for a caller, and the record of it (proto/audit.md). Values are opened for two reasons: to keep indexes,
 * views and writes right, where nobody is shown them; and for a caller. Whoever opens for a caller has a disclosure, and passes each
 * thing that it hands out through it.
 *
 * A call streams: how many records it will hand out, and which classes, is known when it is over. Gathering everything first would
 * cost memory without bound, running it twice would cost time; so the entry is committed while the call reads (its snapshot
 * stays), before the first value of a class goes out, and the count follows at the end.
 */
#ifndef LINLI_REPLICA_DISCLOSE_H
#define LINLI_REPLICA_DISCLOSE_H

#include "replica/internal.h"

enum { AUDIT_QUARTER_MS = 15 * 60 * 1000 };
enum {
    TYPE_AUDIT = 13 << 1,
    AUDIT_ACT = 1, AUDIT_ACTOR = 2, AUDIT_RECORD = 3, AUDIT_OF_TYPE = 4, AUDIT_SCOPE = 5, AUDIT_CLASSES = 6, AUDIT_COUNT = 7,
    AUDIT_FORMAT = 8, AUDIT_REASON = 9
};
static inline uint32_t audit_group(void)
{
    return group_number(AUDIT_ACT, RULE_LOG, CLASS_PERSONAL);
}

/* Is it an entry by its form: of the type, and of no group but that of entries and its life? The part is held. */
bool audit_form(const struct part *part);

/* One entry. Ids of zero, a type of 0, a count of 0 and texts of "" are left out. */
struct audit_entry {
    enum linli_audit_act act;
    linli_id scope, record;
    linli_type type;
    unsigned classes;   /* bit k - 1: class k */
    uint64_t count;
    const char *format; /* never NULL */
};

struct disclosure {
    struct replica *r;
    struct audit_entry entry;
    uint64_t quarter;
    bool kept;          /* what this store hands out is recorded */
    bool office_only;   /* under a grant of the office: false where the only one that is left is another */
    size_t keys;        /* how many of the ring's may open something for this caller */
    unsigned opened;    /* classes opened since they were last taken care of: open_value adds to it */
    bool one;           /* it speaks of one record: nothing to count */
    uint64_t count;     /* of what was handed out with something open in it */
};
/* Before the call's transaction begins. `what` says act, scope, record and type as far as they are known. */
int disclosure_start(struct replica *r, const struct audit_entry *what, struct disclosure *out);
/* It turned out to be about this one record. */
void disclosure_one(struct disclosure *d, const linli_id *scope, const linli_id *record, linli_type type);
/* It was searched by these classes: that alone tells something. */
int disclose_search(struct disclosure *d, unsigned classes);
/* What has been opened is handed out next. On an error it must not be. */
int disclose(struct disclosure *d);
/* The call is over, with this code. Returns it, or why the count could not be kept. */
int disclosure_end(struct disclosure *d, int rv);

#endif
