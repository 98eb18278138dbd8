/*
 * auth: what stands. Statements hang on grants, grants on acts, and acts on grants again; rank strictly falls along the way, so
 * every question ends. What was asked once is remembered, so that many acts on one device cost no more than each once.
 */
#include "auth/standing.h"
#include "auth/act.h"
#include "auth/decide.h"
#include "auth/erasure.h"

#include <linli/error.h>
#include <string.h>

/* What a grant or a statement is, for asking whether it stands. */
struct said {
    linli_hash id, issuer;
    bool by_root, revocation;
    uint64_t root_version;
    bool document;           /* a version of the root's itself */
    bool last;               /* nothing hangs on it */
};
struct answer {
    bool stands;
    enum kept kept;
};
struct memo {
    struct memo *next;
    linli_hash id;
    struct answer answer;
};
struct loaded {
    struct loaded *next;
    uint8_t device[KEY_BYTES];
    struct acts acts;
};
struct asking {
    const struct standing_source *source;
    struct arena *a;
    struct memo *known;
    struct loaded *loaded;
    bool root_known;         /* these two are read: */
    struct root_said root_said;
    struct succession succession;
};

static int said_look(struct asking *q, const struct said *what, struct answer *out);

/* `*held` false: it is not held, and what hangs on it does not stand. */
static int find(const struct asking *q, const linli_hash *id, struct grant *out, bool *held)
{
    int rv = q->source->grants.find(q->source->grants.ctx, id, out);

    *held = rv == LINLI_OK;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

static struct said said_of_statement(const struct statement *st)
{
    return (struct said){st->id, st->issuer, st->by_root, st->kind == STATEMENT_REVOCATION, st->root_version,
                         st->kind == STATEMENT_ROOT, st->kind == STATEMENT_RULING || st->kind == STATEMENT_ERASURE};
}

static struct said said_of_grant(const struct grant *g)
{
    return (struct said){g->id, g->issuer, g->by_root, false, g->root_version, false, false};
}

/* --- rank --- */

static int in_chain_above(const struct asking *q, const linli_hash *id, const struct grant *x, bool *above)
{
    struct grant link = *x;
    bool held = true;
    int rv = LINLI_OK;

    *above = false;
    for (unsigned i = 0; i < LIMIT_CHAIN && rv == LINLI_OK && held && !link.by_root && !*above; i++) {
        linli_hash issuer = link.issuer;
        *above = hash_equal(&issuer, id);
        if (!*above)
            rv = find(q, &issuer, &link, &held);
    }
    return rv;
}

static int outranks(const struct asking *q, const struct grant *by, const struct grant *x, bool *yes)
{
    *yes = path_contains(&by->path, &x->path) &&
           (by->path.depth < x->path.depth || (x->rights & RIGHT_MANAGE) == 0);
    return *yes ? LINLI_OK : in_chain_above(q, &by->id, x, yes);
}

int standing_outranks(const struct standing_source *source, const struct grant *by, const struct grant *x, bool *yes)
{
    struct asking q = {.source = source};

    return outranks(&q, by, x, yes);
}

static bool names_after(const struct grant *x, const linli_id *act)
{
    for (unsigned i = 0; i < x->after_count; i++)
        if (id_equal(&x->after[i], act))
            return true;
    return false;
}

/* Does X, which names the act as superseded, come from high enough? */
static int after_counts(const struct asking *q, const struct grant *x, const struct revocation *r, const struct grant *by,
                        bool *counts)
{
    struct grant issuer;
    bool held = false;
    int rv = LINLI_OK;

    if (!x->by_root && !r->head.by_root)
        rv = find(q, &x->issuer, &issuer, &held);
    *counts = x->by_root || (held && path_contains(&issuer.path, &by->path));
    return rv;
}

/* --- what an act ends --- */

static int acts_on(struct asking *q, const uint8_t device[KEY_BYTES], const struct acts **out)
{
    struct loaded *l = q->loaded;

    while (l != NULL && memcmp(l->device, device, KEY_BYTES) != 0)
        l = l->next;
    *out = l != NULL ? &l->acts : NULL;
    if (l != NULL)
        return LINLI_OK;
    l = arena_alloc(q->a, sizeof(*l));
    if (l == NULL)
        return LINLI_E_NOMEM;
    memcpy(l->device, device, KEY_BYTES);
    int rv = q->source->revocations(q->source->ctx, q->a, device, &l->acts.at, &l->acts.count);
    l->next = q->loaded;
    q->loaded = rv == LINLI_OK ? l : q->loaded;
    *out = &l->acts;
    return rv;
}

enum ending { ENDS_NOT, ENDS, ENDS_BUT_AFTER };

/* Does its issuer outrank the grant? `by`: the issuer's grant, when a root key did not sign. */
static int issuer_outranks(const struct asking *q, const struct revocation *r, const struct grant *x, struct grant *by, bool *yes)
{
    bool held = false;
    int rv = r->head.by_root ? LINLI_OK : find(q, &r->head.issuer, by, &held);

    *yes = r->head.by_root;
    return rv == LINLI_OK && held ? outranks(q, by, x, yes) : rv;
}

/* How each is kept that bounds count with this one, of which some are pages of its act. */
static int acts_kept(struct asking *q, const struct acts *acts, const struct revocation *r)
{
    for (size_t i = 0; i < acts->count; i++) {
        struct said said = said_of_statement(&acts->at[i].head);
        struct answer answer;
        if (acts->at[i].is_kept != KEPT_UNKNOWN || !statement_counted_with(&acts->at[i].head, &r->head))
            continue;
        int rv = said_look(q, &said, &answer);
        if (rv != LINLI_OK)
            return rv;
        acts->at[i].is_kept = answer.kept;
    }
    return LINLI_OK;
}

/* What this revocation, one of the acts, does to the grant. */
static int ending_of(struct asking *q, const struct acts *acts, const struct revocation *r, const struct grant *x, enum ending *out)
{
    struct said said = said_of_statement(&r->head);
    struct answer answer = {.stands = false};
    struct grant by = {.by_root = true};
    bool counts = false, yes = false;
    int rv = LINLI_OK;

    *out = ENDS_NOT;
    if (path_contains(&r->head.path, &x->path) && memcmp(r->device, x->subject, KEY_BYTES) == 0)
        rv = issuer_outranks(q, r, x, &by, &yes);
    if (rv == LINLI_OK && yes) /* not before: rank falls on the way, so that this comes to an end */
        rv = said_look(q, &said, &answer);
    if (rv == LINLI_OK && answer.stands)
        rv = acts_kept(q, acts, r);
    if (rv != LINLI_OK || !answer.stands)
        return rv;
    if (names_after(x, &r->act) && !act_blunt(acts, r))
        rv = after_counts(q, x, r, &by, &counts);
    *out = counts ? ENDS_BUT_AFTER : ENDS;
    return rv;
}

int standing_endings(const struct standing_source *source, struct arena *a, const struct grant *g, struct revocation **out,
                     size_t *count)
{
    struct asking q = {.source = source, .a = a};
    const struct acts *acts;
    int rv = acts_on(&q, g->subject, &acts);

    *count = 0;
    *out = rv == LINLI_OK ? arena_array(a, acts->count + 1, sizeof(**out)) : NULL;
    if (rv == LINLI_OK && *out == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; rv == LINLI_OK && i < acts->count; i++) {
        enum ending ending = ENDS_NOT;
        rv = ending_of(&q, acts, &acts->at[i], g, &ending);
        if (ending != ENDS_NOT)
            (*out)[(*count)++] = acts->at[i];
    }
    return rv;
}

/* --- standing --- */

static int remember(struct asking *q, const linli_hash *id, const struct answer *answer)
{
    struct memo *memo = arena_alloc(q->a, sizeof(*memo));

    if (memo == NULL)
        return LINLI_E_NOMEM;
    *memo = (struct memo){q->known, *id, *answer};
    q->known = memo;
    return LINLI_OK;
}

/*
 * Its issuer's grant stands; does each whole act that ends that list what was said under it? A revocation falls by strict ones alone:
 * one that an act spares stands as freely as if nobody had ended its issuer's word.
 */
static int kept_under(struct asking *q, const struct grant *issuer, const struct said *what, struct answer *out)
{
    const struct acts *acts;
    bool listed = false, spared = false;
    int rv = acts_on(q, issuer->subject, &acts);

    *out = (struct answer){true, KEPT_FREELY};
    for (size_t i = 0; rv == LINLI_OK && i < acts->count && out->stands; i++) {
        const struct revocation *r = &acts->at[i];
        enum ending ending = ENDS_NOT;
        rv = ending_of(q, acts, r, issuer, &ending);
        if (ending != ENDS || !act_whole(acts, r))
            continue;
        if (act_keeps(acts, r, &what->id))
            listed = true;
        else if (what->revocation && !r->strict)
            spared = true;
        else
            *out = (struct answer){false, KEPT_NOT};
    }
    if (out->stands && listed && !spared)
        out->kept = KEPT_LISTED;
    return rv;
}

/* What the root said stands by the version under which it did. */
static int root_look(struct asking *q, const struct said *what, struct answer *out)
{
    int rv = LINLI_OK;

    if (!q->root_known && q->source->root != NULL)
        rv = q->source->root(q->source->ctx, q->a, &q->root_said);
    if (rv != LINLI_OK)
        return rv;
    if (!q->root_known)
        succession_find(&q->root_said, &q->succession);
    q->root_known = true;
    out->stands = what->document
                      ? succession_holds(&q->succession, what->root_version + 1, &what->id)
                      : succession_stands(&q->succession, what->root_version, &what->issuer, &what->id);
    if (out->stands)
        out->kept = what->document || what->root_version >= q->succession.oldest ? KEPT_FREELY : KEPT_LISTED;
    return LINLI_OK;
}

static int said_look(struct asking *q, const struct said *what, struct answer *out)
{
    struct grant issuer;
    bool held;

    *out = (struct answer){false, KEPT_NOT};
    if (what->by_root)
        return root_look(q, what, out);
    for (const struct memo *m = q->known; m != NULL; m = m->next)
        if (hash_equal(&m->id, &what->id)) {
            *out = m->answer;
            return LINLI_OK;
        }
    int rv = find(q, &what->issuer, &issuer, &held);
    if (rv != LINLI_OK || !held)
        return rv;
    struct said above = said_of_grant(&issuer);
    rv = said_look(q, &above, out);
    if (rv == LINLI_OK && out->stands)
        rv = kept_under(q, &issuer, what, out);
    return rv == LINLI_OK && !what->last ? remember(q, &what->id, out) : rv;
}

int standing_statement(const struct standing_source *source, struct arena *a, const struct statement *st, bool *stands)
{
    struct asking q = {.source = source, .a = a};
    struct said said = said_of_statement(st);
    struct answer answer;
    int rv = said_look(&q, &said, &answer);

    *stands = answer.stands;
    return rv;
}

struct asking *standing_asking(const struct standing_source *source, struct arena *a)
{
    struct asking *q = arena_alloc(a, sizeof(*q));

    if (q != NULL)
        *q = (struct asking){.source = source, .a = a};
    return q;
}

int standing_kept(struct asking *q, const struct statement *st, enum kept *kept)
{
    struct said said = said_of_statement(st);
    struct answer answer;
    int rv = said_look(q, &said, &answer);

    *kept = answer.kept;
    return rv;
}

static int grant_stands(struct asking *q, const struct grant *g, bool *stands)
{
    struct said said = said_of_grant(g);
    struct answer answer;
    int rv = said_look(q, &said, &answer);

    *stands = answer.stands;
    return rv;
}

int standing_grant(const struct standing_source *source, struct arena *a, const struct grant *g, bool *usable)
{
    struct asking q = {.source = source, .a = a};
    const struct acts *acts = NULL;
    int rv = grant_stands(&q, g, usable);

    if (rv == LINLI_OK && *usable)
        rv = acts_on(&q, g->subject, &acts);
    for (size_t i = 0; rv == LINLI_OK && *usable && i < acts->count; i++) {
        enum ending ending = ENDS_NOT;
        rv = ending_of(&q, acts, &acts->at[i], g, &ending);
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

/* What the act that this revocation is of leaves of a log. One that lacks pages may yet list it. */
static void cut_by_act(const struct acts *acts, const struct revocation *r, const linli_id *scope, uint64_t incarnation,
                       struct cut *out)
{
    struct cut_row row = {.seq = 0};

    if (act_cut(acts, r, scope, incarnation, &row))
        cut_lower(out, &(struct cut){true, row.seq, row.id});
    else if (act_whole(acts, r))
        *out = (struct cut){.any = true};
}

int standing_cut(const struct standing_source *source, struct arena *a, const struct grant *g, const linli_id *scope,
                 const linli_author *author, struct cut *out)
{
    struct asking q = {.source = source, .a = a};
    const struct acts *acts = NULL;
    bool stands;
    int rv = grant_stands(&q, g, &stands);

    *out = (struct cut){.any = false};
    if (rv == LINLI_OK && !stands)
        *out = (struct cut){.any = true};
    if (rv == LINLI_OK && stands)
        rv = acts_on(&q, g->subject, &acts);
    for (size_t i = 0; rv == LINLI_OK && acts != NULL && i < acts->count; i++) {
        const struct revocation *r = &acts->at[i];
        enum ending ending = ENDS_NOT;
        rv = ending_of(&q, acts, r, g, &ending);
        if (ending == ENDS || (ending == ENDS_BUT_AFTER && act_closes(acts, r, author->incarnation)))
            cut_by_act(acts, r, scope, author->incarnation, out);
    }
    return rv;
}

/* --- rulings --- */

static int may_rule(const struct asking *q, const struct ruling *r, const struct part_aside *part, bool *may)
{
    struct grant by;
    int rv = LINLI_OK;

    *may = path_contains(&r->head.path, part->path) && ruling_lists(r, part->seq, part->part, part->id);
    if (!*may || r->head.by_root)
        return rv;
    rv = find(q, &r->head.issuer, &by, may);
    *may = *may && (!r->adopt || decide_right(by.rights, part->cls, part->manage));
    return rv;
}

/* Of an issuer that ruled there on one log more than is kept, nobody knows all of it: what it adopted is not. */
static bool too_many(const struct ruling *all, size_t count, const struct ruling *r)
{
    size_t said = 0;

    for (size_t i = 0; i < count; i++)
        said += statement_counted_with(&all[i].head, &r->head);
    return said >= RULINGS_KEPT;
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
        struct answer answer = {.stands = false};
        bool may = false;
        rv = may_rule(&q, &rulings[i], part, &may);
        if (rv == LINLI_OK && may)
            rv = said_look(&q, &said, &answer);
        if (rv != LINLI_OK || !answer.stands)
            continue;
        if (!rulings[i].adopt)
            *out = RULED_REJECTED;
        else if (answer.kept == KEPT_LISTED || !too_many(rulings, count, &rulings[i]))
            *out = RULED_ADOPTED;
    }
    return rv;
}

/* --- orders to erase --- */

int standing_erasure(const struct standing_source *source, struct arena *a, const struct erasure *e, unsigned *classes)
{
    struct asking q = {.source = source, .a = a};
    struct said said = said_of_statement(&e->head);
    struct answer answer = {.stands = false};
    struct grant by = {.rights = RIGHT_ALL};
    bool held = true;
    int rv = e->head.by_root ? LINLI_OK : find(&q, &e->head.issuer, &by, &held);

    *classes = 0;
    if (rv == LINLI_OK && held)
        rv = said_look(&q, &said, &answer);
    for (unsigned cls = 0; rv == LINLI_OK && answer.stands && e->classes >> cls != 0; cls++)
        if (decide_right(by.rights, cls, true))
            *classes |= e->classes & 1u << cls;
    return rv;
}
