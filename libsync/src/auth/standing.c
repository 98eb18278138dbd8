/*
 * auth: what stands. Statements hang on grants, grants on acts, and acts on grants again; rank strictly falls along the way, so
 * every question ends. What was asked once is remembered, so that many acts on one device cost no more than each once.
 */
#include "auth/standing.h"
#include "auth/decide.h"

#include <linli/error.h>
#include <string.h>

/* What a grant or a statement is, for asking whether it stands. */
struct said {
    linli_hash id, issuer;
    bool by_root, revocation;
};
struct memo {
    struct memo *next;
    linli_hash id;
    bool stands;
};
struct asking {
    const struct standing_source *source;
    struct arena *a;
    struct memo *known;
};

static int said_stands(struct asking *q, const struct said *what, bool *stands);

static bool find(const struct asking *q, const linli_hash *id, struct grant *out)
{
    return q->source->grants.find(q->source->grants.ctx, id, out);
}

static struct said said_of_statement(const struct statement *st)
{
    return (struct said){st->id, st->issuer, st->by_root, st->kind == STATEMENT_REVOCATION};
}

static struct said said_of_grant(const struct grant *g)
{
    return (struct said){g->id, g->issuer, g->by_root, false};
}

/* --- rank --- */

static bool in_chain_above(const struct asking *q, const linli_hash *id, const struct grant *x)
{
    struct grant link = *x;

    for (unsigned i = 0; i < LIMIT_CHAIN && !link.by_root; i++) {
        linli_hash above = link.issuer;
        if (hash_equal(&above, id))
            return true;
        if (!find(q, &above, &link))
            return false;
    }
    return false;
}

static bool outranks(const struct asking *q, const struct grant *by, const struct grant *x)
{
    if (path_contains(&by->path, &x->path) &&
        (by->path.depth < x->path.depth || (x->rights & RIGHT_MANAGE) == 0))
        return true;
    return in_chain_above(q, &by->id, x);
}

bool standing_outranks(const struct standing_source *source, const struct grant *by, const struct grant *x)
{
    struct asking q = {.source = source};

    return outranks(&q, by, x);
}

static bool names_after(const struct grant *x, const linli_id *act)
{
    for (unsigned i = 0; i < x->after_count; i++)
        if (id_equal(&x->after[i], act))
            return true;
    return false;
}

/* Does X, which names the act as superseded, come from high enough? */
static bool after_counts(const struct asking *q, const struct grant *x, const struct revocation *r, const struct grant *by)
{
    struct grant issuer;

    if (x->by_root)
        return true;
    return !r->head.by_root && find(q, &x->issuer, &issuer) && path_contains(&issuer.path, &by->path);
}

/* --- acts --- */

enum ending { ENDS_NOT, ENDS, ENDS_BUT_AFTER };

/* What this revocation does to the grant. */
static int ending_of(struct asking *q, const struct revocation *r, const struct grant *x, enum ending *out)
{
    struct said said = said_of_statement(&r->head);
    struct grant by = {.by_root = true};
    bool stands;

    *out = ENDS_NOT;
    if (!path_contains(&r->head.path, &x->path) || memcmp(r->device, x->subject, KEY_BYTES) != 0)
        return LINLI_OK;
    if (!r->head.by_root && !find(q, &r->head.issuer, &by))
        return LINLI_OK;
    if (!r->head.by_root && !outranks(q, &by, x))
        return LINLI_OK;
    int rv = said_stands(q, &said, &stands);
    if (rv == LINLI_OK && stands)
        *out = names_after(x, &r->act) && after_counts(q, x, r, &by) ? ENDS_BUT_AFTER : ENDS;
    return rv;
}

int standing_reaches(const struct standing_source *source, struct arena *a, const struct revocation *r, const struct grant *g,
                     bool *reaches)
{
    struct asking q = {.source = source, .a = a};
    enum ending ending;
    int rv = ending_of(&q, r, g, &ending);

    *reaches = ending != ENDS_NOT;
    return rv;
}

static bool same_act(const struct revocation *a, const struct revocation *b)
{
    return id_equal(&a->act, &b->act) && id_equal(&a->head.scope, &b->head.scope) && a->head.by_root == b->head.by_root &&
           (a->head.by_root || hash_equal(&a->head.issuer, &b->head.issuer));
}

struct acts {
    struct revocation *at;
    size_t count;
};

static int acts_on(const struct asking *q, const uint8_t device[KEY_BYTES], struct acts *out)
{
    return q->source->revocations(q->source->ctx, q->a, device, &out->at, &out->count);
}

/* Does the act that this revocation is of keep the statement? */
static bool act_keeps(const struct acts *acts, const struct revocation *r, const linli_hash *id)
{
    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r) && revocation_keeps(&acts->at[i], id))
            return true;
    return false;
}

/* Where the act cuts this log; false when it does not list it. Of two rows the further one counts, then the lesser id. */
static bool act_cut(const struct acts *acts, const struct revocation *r, const linli_id *scope, uint64_t incarnation,
                    struct cut_row *out)
{
    struct cut_row row;
    bool found = false;

    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r) && revocation_cut(&acts->at[i], scope, incarnation, &row) &&
            (!found || row.seq > out->seq || (row.seq == out->seq && hash_compare(&row.id, &out->id) < 0))) {
            *out = row;
            found = true;
        }
    return found;
}

static bool act_closes(const struct acts *acts, const struct revocation *r, uint64_t incarnation)
{
    for (size_t i = 0; i < acts->count; i++)
        if (same_act(&acts->at[i], r) && revocation_closes(&acts->at[i], incarnation))
            return true;
    return false;
}

/* --- standing --- */

static int remember(struct asking *q, const linli_hash *id, bool stands)
{
    struct memo *memo = arena_alloc(q->a, sizeof(*memo));

    if (memo == NULL)
        return LINLI_E_NOMEM;
    *memo = (struct memo){q->known, *id, stands};
    q->known = memo;
    return LINLI_OK;
}

/* Its issuer's grant stands; does each act that ends that keep what was said under it? */
static int kept_under(struct asking *q, const struct grant *issuer, const struct said *what, bool *kept)
{
    struct acts acts = {NULL, 0};
    int rv = acts_on(q, issuer->subject, &acts);

    *kept = true;
    for (size_t i = 0; i < acts.count && rv == LINLI_OK && *kept; i++) {
        const struct revocation *r = &acts.at[i];
        enum ending ending = ENDS_NOT;
        if ((what->revocation && !r->strict) || act_keeps(&acts, r, &what->id))
            continue;
        rv = ending_of(q, r, issuer, &ending);
        *kept = ending != ENDS;
    }
    return rv;
}

static int said_stands(struct asking *q, const struct said *what, bool *stands)
{
    struct grant issuer;

    *stands = what->by_root;
    if (what->by_root)
        return LINLI_OK;
    for (const struct memo *m = q->known; m != NULL; m = m->next)
        if (hash_equal(&m->id, &what->id)) {
            *stands = m->stands;
            return LINLI_OK;
        }
    if (!find(q, &what->issuer, &issuer))
        return LINLI_OK;
    struct said above = said_of_grant(&issuer);
    int rv = said_stands(q, &above, stands);
    if (rv == LINLI_OK && *stands)
        rv = kept_under(q, &issuer, what, stands);
    return rv == LINLI_OK ? remember(q, &what->id, *stands) : rv;
}

int standing_statement(const struct standing_source *source, struct arena *a, const struct statement *st, bool *stands)
{
    struct asking q = {.source = source, .a = a};
    struct said said = said_of_statement(st);

    return said_stands(&q, &said, stands);
}

static int grant_stands(struct asking *q, const struct grant *g, bool *stands)
{
    struct said said = said_of_grant(g);

    return said_stands(q, &said, stands);
}

int standing_grant(const struct standing_source *source, struct arena *a, const struct grant *g, bool *usable)
{
    struct asking q = {.source = source, .a = a};
    struct acts acts = {NULL, 0};
    int rv = grant_stands(&q, g, usable);

    if (rv == LINLI_OK && *usable)
        rv = acts_on(&q, g->subject, &acts);
    for (size_t i = 0; i < acts.count && rv == LINLI_OK && *usable; i++) {
        enum ending ending = ENDS_NOT;
        rv = ending_of(&q, &acts.at[i], g, &ending);
        *usable = ending != ENDS;
    }
    return rv;
}

/* --- cuts --- */

/* Of two cuts the lower; of two at one height but of two ids, nothing at that height. */
static void cut_lower(struct cut *cut, const struct cut *other)
{
    if (!cut->any || other->seq < cut->seq)
        *cut = *other;
    else if (other->seq == cut->seq && !hash_equal(&other->id, &cut->id))
        *cut = (struct cut){.any = true, .seq = cut->seq}; /* no changeset has an id of zeros */
}

int standing_cut(const struct standing_source *source, struct arena *a, const struct grant *g, const linli_id *scope,
                 const linli_author *author, struct cut *out)
{
    struct asking q = {.source = source, .a = a};
    struct acts acts = {NULL, 0};
    bool stands;
    int rv = grant_stands(&q, g, &stands);

    *out = (struct cut){.any = false};
    if (rv == LINLI_OK && !stands)
        *out = (struct cut){.any = true};
    if (rv == LINLI_OK && stands)
        rv = acts_on(&q, g->subject, &acts);
    for (size_t i = 0; i < acts.count && rv == LINLI_OK; i++) {
        struct cut_row row = {.seq = 0};
        enum ending ending = ENDS_NOT;
        rv = ending_of(&q, &acts.at[i], g, &ending);
        if (rv != LINLI_OK || ending == ENDS_NOT)
            continue;
        if (ending == ENDS_BUT_AFTER && !act_closes(&acts, &acts.at[i], author->incarnation))
            continue;
        if (act_cut(&acts, &acts.at[i], scope, author->incarnation, &row))
            cut_lower(out, &(struct cut){true, row.seq, row.id});
        else
            *out = (struct cut){.any = true};
    }
    return rv;
}

/* --- rulings --- */

static bool may_rule(const struct asking *q, const struct ruling *r, const struct part_aside *part)
{
    struct grant by;

    if (!path_contains(&r->head.path, part->path) || !ruling_lists(r, part->seq, part->part, part->id))
        return false;
    if (r->head.by_root)
        return true;
    if (!find(q, &r->head.issuer, &by))
        return false;
    return !r->adopt || decide_right(by.rights, part->cls, part->manage);
}

int standing_ruling(const struct standing_source *source, struct arena *a, const struct part_aside *part, enum ruled *out)
{
    struct asking q = {.source = source, .a = a};
    struct ruling *rulings = NULL;
    size_t count = 0;
    int rv = source->rulings(source->ctx, a, part->scope, part->author, &rulings, &count);

    *out = RULED_NOT;
    for (size_t i = 0; i < count && rv == LINLI_OK && *out != RULED_REJECTED; i++) {
        struct said said = said_of_statement(&rulings[i].head);
        bool stands = false;
        if (!may_rule(&q, &rulings[i], part))
            continue;
        rv = said_stands(&q, &said, &stands);
        if (stands)
            *out = rulings[i].adopt ? RULED_ADOPTED : RULED_REJECTED;
    }
    return rv;
}
