/*
 * auth: which of the good grants and statements stand, and what that leaves of a device's logs (proto/authority.md 6). Pure: all
 * that is held is looked up through a source, and nothing else counts.
 */
#ifndef LINLI_AUTH_STANDING_H
#define LINLI_AUTH_STANDING_H

#include "auth/succession.h"
#include "base/arena.h"

struct standing_source {
    struct grant_source grants;
    /* The revocations held that name this device; the rulings held on this log. In the arena. LINLI_OK or what stopped it. */
    int (*revocations)(void *ctx, struct arena *a, const uint8_t device[KEY_BYTES], struct revocation **out, size_t *count);
    int (*rulings)(void *ctx, struct arena *a, const linli_id *scope, const linli_author *author, struct ruling **out,
                   size_t *count);
    void *ctx;
    /* All that is held of later root documents. NULL: none. */
    int (*root)(void *ctx, struct arena *a, struct root_said *out);
};

/* A log is accepted up to and with `seq`, where the changeset must have this id. */
struct cut {
    bool any;            /* else all is accepted */
    uint64_t seq;        /* 0: nothing is */
    linli_hash id;
};
static inline bool cut_accepts(const struct cut *cut, uint64_t seq, const linli_hash *id)
{
    return !cut->any || seq < cut->seq || (seq == cut->seq && hash_equal(&cut->id, id));
}

/* May its holder use the grant: it stands, and no act ends it? All return LINLI_OK or LINLI_E_NOMEM or what the source says. */
int standing_grant(const struct standing_source *source, struct arena *a, const struct grant *g, bool *usable);
/* Does the statement stand? */
int standing_statement(const struct standing_source *source, struct arena *a, const struct statement *st, bool *stands);
/* Questions asked while what is held stays as it is: what was read for one serves the next. In the arena; NULL: no memory. */
struct asking *standing_asking(const struct standing_source *source, struct arena *a);
/* How it is kept; KEPT_NOT also where its issuer's grant does not stand. Never KEPT_UNKNOWN. */
int standing_kept(struct asking *q, const struct statement *st, enum kept *kept);
/* How far this log is accepted in what it wrote under `g`. */
int standing_cut(const struct standing_source *source, struct arena *a, const struct grant *g, const linli_id *scope,
                 const linli_author *author, struct cut *out);

/* The revocations that stand and end the grant, or would but for what the grant supersedes. In the arena. */
int standing_endings(const struct standing_source *source, struct arena *a, const struct grant *g, struct revocation **out,
                     size_t *count);
/* Would what is said under `by` end x, as far as rank goes? */
int standing_outranks(const struct standing_source *source, const struct grant *by, const struct grant *x, bool *yes);

enum ruled { RULED_NOT, RULED_ADOPTED, RULED_REJECTED };
/* A part that was set aside. */
struct part_aside {
    const struct scope_path *path;
    const linli_id *scope;
    const linli_author *author;
    uint64_t seq;
    const linli_hash *id;    /* of the changeset */
    uint32_t part;
    unsigned cls;
    bool manage;
};
int standing_ruling(const struct standing_source *source, struct arena *a, const struct part_aside *part, enum ruled *out);

#endif
