/*
 * tests: random histories of authority, as JSON, a line each, with what the library decides of them. Certificates are real;
 * whether they are good is not asked here: a history may hold anything that a good one may, and what is ill-formed besides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <linli/error.h>

#include "codec/reader.h"
#include "roots.h"

enum {
    GRANTS_MAX = 9, SAID_MAX = 10, DEVICES = 4, ACTS = 4, SCOPES = 7, INCARNATIONS = 2, SEQS = 4, PARTS = 2, DEPTH = 3
};

struct world {
    struct rng_seeded rng;
    struct root root;
    struct roots roots;
    struct buf root_file;
    struct person people[DEVICES];
    struct grant grants[GRANTS_MAX];
    size_t grant_count;
    struct revocation revocations[SAID_MAX];
    size_t revocation_count;
    struct ruling rulings[SAID_MAX];
    size_t ruling_count;
    struct buf certificates[2 * SAID_MAX];
    size_t certificate_count;
    unsigned device_of[GRANTS_MAX];
};

static const char *const SCOPE_PATHS[SCOPES] = {"", "a", "b", "aa", "ab", "aab", "ba"};

static linli_hash hash_from(unsigned a, unsigned b, unsigned c, unsigned d)
{
    linli_hash h = {{(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d, 1}};
    return h;
}

static linli_id act_id(unsigned n)
{
    linli_id id = {{(uint8_t)(n + 1)}};
    return id;
}

static linli_id scope_id(const struct world *w, unsigned scope)
{
    struct scope_path path = path_of(SCOPE_PATHS[scope]);
    linli_id id;

    path_scope(&w->root.network, &path, &id);
    return id;
}

static bool one_in(struct world *w, unsigned n)
{
    return rng_below(&w->rng, n) == 0;
}

/* Which scope has this path; SCOPES when none has. */
static unsigned scope_of(const struct scope_path *path)
{
    for (unsigned i = 0; i < SCOPES; i++) {
        struct scope_path p = path_of(SCOPE_PATHS[i]);
        if (path_contains(&p, path) && path_contains(path, &p))
            return i;
    }
    return SCOPES;
}

/* A scope at or below the path; mostly the same. */
static unsigned scope_below(struct world *w, const struct scope_path *path)
{
    unsigned scope = scope_of(path);

    for (unsigned tries = 0; tries < 8; tries++) {
        unsigned other = (unsigned)rng_below(&w->rng, SCOPES);
        struct scope_path p = path_of(SCOPE_PATHS[other]);
        if (path_contains(path, &p) && !one_in(w, 3))
            scope = other;
    }
    return scope;
}

/* A grant that may manage; NULL: the root itself speaks. */
static const struct grant *issuer_pick(struct world *w)
{
    for (unsigned tries = 0; w->grant_count > 0 && tries < 6; tries++) {
        const struct grant *g = &w->grants[rng_below(&w->rng, w->grant_count)];
        if ((g->rights & RIGHT_MANAGE) != 0 && !one_in(w, 8))
            return g;
    }
    return NULL;
}

static void grant_add(struct world *w)
{
    const struct grant *issuer = w->grant_count == 0 || one_in(w, 4) ? NULL : issuer_pick(w);
    unsigned device = (unsigned)rng_below(&w->rng, DEVICES);
    struct scope_path top = {.depth = 0};
    unsigned scope = scope_below(w, issuer != NULL ? &issuer->path : &top), rights = issuer != NULL ? issuer->rights : RIGHT_ALL;
    struct grant *g = &w->grants[w->grant_count];

    if (one_in(w, 3))
        rights &= ~(unsigned)RIGHT_MANAGE;
    if (one_in(w, 4))
        rights &= ~(unsigned)RIGHT_WRITE_SENSITIVE;
    *g = grant_draft(&w->root, issuer, &w->people[device], SCOPE_PATHS[scope], rights, 0);
    if (issuer == NULL) {
        const struct root_document *under = roots_document(&w->roots);
        g->issuer = under->id;
        g->root_version = under->version;
    }
    g->salt[0] = (uint8_t)w->grant_count;
    for (unsigned a = 0; a < ACTS; a++)
        if (one_in(w, 4))
            g->after[g->after_count++] = act_id(a);
    g->id = hash_from(1, (unsigned)w->grant_count, 0, 0);
    w->device_of[w->grant_count++] = device;
}

static void head_fill(struct world *w, struct statement *head)
{
    const struct grant *issuer = one_in(w, 6) ? NULL : issuer_pick(w);
    struct scope_path top = {.depth = 0};
    const struct root_document *under = roots_document(&w->roots);

    *head = (struct statement){.by_root = issuer == NULL, .root_version = issuer == NULL ? under->version : 0, .issuer = under->id,
                               .network = w->root.network};
    head->path = path_of(SCOPE_PATHS[scope_below(w, issuer != NULL ? &issuer->path : &top)]);
    if (issuer != NULL && one_in(w, 2))
        head->path = issuer->path;
    if (issuer != NULL)
        head->issuer = issuer->id;
    head->salt[0] = (uint8_t)w->certificate_count;
}

/* One more page of an act. */
static void page_of(struct world *w, struct revocation *r, const struct revocation *act)
{
    r->head = act->head;
    r->head.salt[0] = (uint8_t)w->certificate_count;
    if (r->head.by_root && one_in(w, 4)) { /* perhaps of another document: no page of that act */
        const struct root_document *under = roots_document(&w->roots);
        r->head.issuer = under->id;
        r->head.root_version = under->version;
    }
    r->act = act->act;
    r->strict = act->strict;
    r->pages = act->pages;
    memcpy(r->device, act->device, KEY_BYTES);
}

static void revocation_add(struct world *w)
{
    struct revocation *r = &w->revocations[w->revocation_count];
    struct buf *certificate = &w->certificates[w->certificate_count];
    struct cut_row cuts[SCOPES * INCARNATIONS];
    linli_hash kept[GRANTS_MAX + 2 * SAID_MAX];
    size_t cut_count = 0, kept_count = 0;

    *r = (struct revocation){.reason = 0};
    head_fill(w, &r->head);
    r->act = act_id((unsigned)rng_below(&w->rng, ACTS));
    r->strict = one_in(w, 2);
    r->pages = one_in(w, 3) ? 2 + (unsigned)rng_below(&w->rng, 2) : 1;
    memcpy(r->device, w->people[rng_below(&w->rng, DEVICES)].key, KEY_BYTES);
    if (w->revocation_count > 0 && one_in(w, 2))
        page_of(w, r, &w->revocations[rng_below(&w->rng, w->revocation_count)]);
    r->page = 1 + (unsigned)rng_below(&w->rng, r->pages);
    for (unsigned s = 0; s < SCOPES; s++)
        for (unsigned i = 0; i < INCARNATIONS; i++)
            if (one_in(w, 3)) {
                uint64_t seq = rng_below(&w->rng, SEQS);
                cuts[cut_count++] = (struct cut_row){scope_id(w, s), i, seq, hash_from(9, (unsigned)seq, one_in(w, 4), 0)};
            }
    for (size_t i = 0; i < w->grant_count; i++)
        if (one_in(w, 2))
            kept[kept_count++] = w->grants[i].id;
    for (size_t i = 0; i < w->revocation_count; i++)
        if (one_in(w, 2))
            kept[kept_count++] = w->revocations[i].head.id;
    for (size_t i = 0; i < w->ruling_count; i++)
        if (one_in(w, 2))
            kept[kept_count++] = w->rulings[i].head.id;
    ALWAYS(revocation_make(w->people[0].secret, r, cuts, cut_count, kept, kept_count, certificate) == 0);
    ALWAYS(revocation_decode(buf_span(certificate), r) == 0);
    w->revocation_count++;
    w->certificate_count++;
}

static void ruling_add(struct world *w)
{
    struct ruling *r = &w->rulings[w->ruling_count];
    struct buf *certificate = &w->certificates[w->certificate_count];
    struct ruling_item items[SEQS * PARTS];
    unsigned scope = (unsigned)rng_below(&w->rng, SCOPES);
    size_t count = 0;

    *r = (struct ruling){.adopt = !one_in(w, 3)};
    head_fill(w, &r->head);
    r->scope = scope_id(w, scope);
    memcpy(r->author.key, w->people[rng_below(&w->rng, DEVICES)].key, KEY_BYTES);
    r->author.incarnation = rng_below(&w->rng, INCARNATIONS);
    for (unsigned seq = 1; seq < SEQS; seq++)
        for (unsigned part = 0; part < PARTS; part++)
            if (one_in(w, 2))
                items[count++] = (struct ruling_item){seq, part, hash_from(9, seq, one_in(w, 5), 0)};
    ALWAYS(ruling_make(w->people[0].secret, r, items, count, certificate) == 0);
    ALWAYS(ruling_decode(buf_span(certificate), r) == 0);
    w->ruling_count++;
    w->certificate_count++;
}

/* --- the library's answers --- */

static int world_find(void *ctx, const linli_hash *id, struct grant *out)
{
    const struct world *w = ctx;

    for (size_t i = 0; i < w->grant_count; i++)
        if (hash_equal(&w->grants[i].id, id)) {
            *out = w->grants[i];
            return LINLI_OK;
        }
    return LINLI_E_NOT_FOUND;
}

static int world_revocations(void *ctx, struct arena *a, const uint8_t device[KEY_BYTES], struct revocation **out, size_t *count)
{
    const struct world *w = ctx;

    *out = arena_array(a, SAID_MAX, sizeof(**out));
    *count = 0;
    for (size_t i = 0; i < w->revocation_count; i++)
        if (memcmp(w->revocations[i].device, device, KEY_BYTES) == 0)
            (*out)[(*count)++] = w->revocations[i];
    return LINLI_OK;
}

static int world_rulings(void *ctx, struct arena *a, const linli_id *scope, const linli_author *author, struct ruling **out,
                         size_t *count)
{
    const struct world *w = ctx;

    *out = arena_array(a, SAID_MAX, sizeof(**out));
    *count = 0;
    for (size_t i = 0; i < w->ruling_count; i++)
        if (id_equal(&w->rulings[i].scope, scope) && author_equal(&w->rulings[i].author, author))
            (*out)[(*count)++] = w->rulings[i];
    return LINLI_OK;
}

static int world_root(void *ctx, struct arena *a, struct root_said *out)
{
    const struct world *w = ctx;

    return roots_said(&w->roots, a, out);
}

static json_t *hex(const void *at, size_t size)
{
    char text[2 * HASH_BYTES + 1];

    hex_encode(at, size, text);
    return json_string(text);
}

static json_t *cut_json(const struct standing_source *source, const struct world *w, size_t grant, unsigned scope, unsigned inc)
{
    struct arena a = {0};
    struct cut cut;
    linli_author author = {.incarnation = inc};
    linli_id id = scope_id(w, scope);
    json_t *accepted = json_array();

    memcpy(author.key, w->grants[grant].subject, KEY_BYTES);
    ALWAYS(standing_cut(source, &a, &w->grants[grant], &id, &author, &cut) == 0);
    for (unsigned seq = 1; seq <= SEQS; seq++)
        for (unsigned branch = 0; branch < 2; branch++) {
            linli_hash h = hash_from(9, seq, branch, 0);
            json_array_append_new(accepted, json_boolean(cut_accepts(&cut, seq, &h)));
        }
    arena_free(&a);
    return accepted;
}

static json_t *ruled_json(const struct standing_source *source, const struct world *w, unsigned scope, unsigned device, unsigned inc)
{
    json_t *list = json_array();
    linli_author author = {.incarnation = inc};
    struct scope_path path = path_of(SCOPE_PATHS[scope]);
    linli_id id = scope_id(w, scope);

    memcpy(author.key, w->people[device].key, KEY_BYTES);
    for (unsigned seq = 1; seq < SEQS; seq++)
        for (unsigned part = 0; part < PARTS; part++) {
            struct arena a = {0};
            linli_hash h = hash_from(9, seq, 0, 0);
            enum ruled ruled;
            struct part_aside asked = {&path, &id, &author, seq, &h, part, part == 0 ? 0 : 2, seq == 1};
            ALWAYS(standing_ruling(source, &a, &asked, &ruled) == 0);
            json_array_append_new(list, json_integer(ruled));
            arena_free(&a);
        }
    return list;
}

static json_t *answers_json(struct world *w)
{
    struct standing_source source = {{world_find, w, NULL}, world_revocations, world_rulings, w, world_root};
    json_t *usable = json_array(), *cuts = json_array(), *stands = json_array(), *ruled = json_array();

    for (size_t i = 0; i < w->grant_count; i++) {
        struct arena a = {0};
        bool yes;
        ALWAYS(standing_grant(&source, &a, &w->grants[i], &yes) == 0);
        json_array_append_new(usable, json_boolean(yes));
        arena_free(&a);
        for (unsigned scope = 0; scope < SCOPES; scope++)
            for (unsigned inc = 0; inc < INCARNATIONS; inc++)
                json_array_append_new(cuts, cut_json(&source, w, i, scope, inc));
    }
    for (size_t i = 0; i < w->revocation_count + w->ruling_count; i++) {
        struct arena a = {0};
        bool yes;
        const struct statement *st = i < w->revocation_count ? &w->revocations[i].head : &w->rulings[i - w->revocation_count].head;
        ALWAYS(standing_statement(&source, &a, st, &yes) == 0);
        json_array_append_new(stands, json_boolean(yes));
        arena_free(&a);
    }
    for (unsigned scope = 0; scope < SCOPES; scope++)
        for (unsigned device = 0; device < DEVICES; device++)
            for (unsigned inc = 0; inc < INCARNATIONS; inc++)
                json_array_append_new(ruled, ruled_json(&source, w, scope, device, inc));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "good", roots_good_json(&w->roots), "holds", roots_holds_json(&w->roots),
                     "usable", usable, "cuts", cuts, "stands", stands, "ruled", ruled);
}

/* --- the history itself --- */

static unsigned device_number(const struct world *w, const uint8_t key[KEY_BYTES])
{
    unsigned i = 0;

    while (memcmp(w->people[i].key, key, KEY_BYTES) != 0)
        i++;
    return i;
}

static unsigned scope_number_of(const struct world *w, const linli_id *id)
{
    for (unsigned i = 0; i < SCOPES; i++) {
        linli_id other = scope_id(w, i);
        if (id_equal(&other, id))
            return i;
    }
    abort();
}

/* Under a grant, or under one document of the root. */
static json_t *said_json(bool by_root, const linli_hash *issuer, uint64_t version)
{
    return json_pack("{s:o, s:o, s:I}", "issuer", by_root ? json_null() : hex(issuer->b, HASH_BYTES), "document",
                     by_root ? hex(issuer->b, HASH_BYTES) : json_null(), "version", (json_int_t)version);
}

static json_t *head_json(const struct statement *head)
{
    json_t *out = said_json(head->by_root, &head->issuer, head->root_version);

    json_object_set_new(out, "id", hex(head->id.b, HASH_BYTES));
    json_object_set_new(out, "path", json_string(SCOPE_PATHS[scope_of(&head->path)]));
    return out;
}

static json_t *grant_json(const struct world *w, size_t i)
{
    const struct grant *g = &w->grants[i];
    json_t *after = json_array(), *out = said_json(g->by_root, &g->issuer, g->root_version);

    for (unsigned k = 0; k < g->after_count; k++)
        json_array_append_new(after, hex(g->after[k].b, ID_BYTES));
    json_object_set_new(out, "id", hex(g->id.b, HASH_BYTES));
    json_object_set_new(out, "path", json_string(SCOPE_PATHS[scope_of(&g->path)]));
    json_object_set_new(out, "device", json_integer(w->device_of[i]));
    json_object_set_new(out, "rights", json_integer(g->rights));
    json_object_set_new(out, "after", after);
    return out;
}

static json_t *revocation_json(const struct world *w, const struct revocation *r)
{
    json_t *out = head_json(&r->head), *cuts = json_array(), *kept = json_array();
    struct reader rows;

    for (unsigned s = 0; s < SCOPES; s++)
        for (unsigned i = 0; i < INCARNATIONS; i++) {
            struct cut_row cut;
            linli_id scope = scope_id(w, s);
            if (revocation_cut(r, &scope, i, &cut))
                json_array_append_new(cuts, json_pack("[s, i, i, o]", SCOPE_PATHS[s], (int)i, (int)cut.seq, hex(cut.id.b, HASH_BYTES)));
        }
    reader_start(&rows, r->kept);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        linli_hash id;
        reader_fixed(&rows, id.b, HASH_BYTES);
        json_array_append_new(kept, hex(id.b, HASH_BYTES));
    }
    json_object_set_new(out, "act", hex(r->act.b, ID_BYTES));
    json_object_set_new(out, "page", json_integer(r->page));
    json_object_set_new(out, "pages", json_integer(r->pages));
    json_object_set_new(out, "device", json_integer(device_number(w, r->device)));
    json_object_set_new(out, "strict", json_boolean(r->strict));
    json_object_set_new(out, "cuts", cuts);
    json_object_set_new(out, "kept", kept);
    return out;
}

static json_t *ruling_json(const struct world *w, const struct ruling *r)
{
    json_t *out = head_json(&r->head), *items = json_array();
    struct ruling_item item;

    for (size_t i = 0; ruling_item(r, i, &item); i++)
        json_array_append_new(items, json_pack("[i, i, o]", (int)item.seq, (int)item.part, hex(item.id.b, HASH_BYTES)));
    json_object_set_new(out, "scope", json_string(SCOPE_PATHS[scope_number_of(w, &r->scope)]));
    json_object_set_new(out, "device", json_integer(device_number(w, r->author.key)));
    json_object_set_new(out, "incarnation", json_integer((json_int_t)r->author.incarnation));
    json_object_set_new(out, "adopt", json_boolean(r->adopt));
    json_object_set_new(out, "items", items);
    return out;
}

/* Some of what was said is affirmed. */
static void affirm(struct world *w)
{
    linli_hash ids[GRANTS_MAX + 2 * SAID_MAX];
    size_t count = 0;

    for (size_t i = 0; i < w->grant_count; i++)
        ids[count++] = w->grants[i].id;
    for (size_t i = 0; i < w->revocation_count; i++)
        ids[count++] = w->revocations[i].head.id;
    for (size_t i = 0; i < w->ruling_count; i++)
        ids[count++] = w->rulings[i].head.id;
    roots_affirm(&w->roots, ids, count);
}

static void history_write(struct world *w, uint64_t number)
{
    json_t *grants = json_array(), *revocations = json_array(), *rulings = json_array(), *all;
    size_t said = 1 + (size_t)rng_below(&w->rng, SAID_MAX - 1);

    roots_draw(&w->roots, &w->root, &w->rng);
    w->grant_count = w->revocation_count = w->ruling_count = 0;
    for (size_t i = 2 + (size_t)rng_below(&w->rng, GRANTS_MAX - 2); i > 0; i--)
        grant_add(w);
    for (w->certificate_count = 0; w->certificate_count < said;) {
        if (one_in(w, 4))
            ruling_add(w);
        else
            revocation_add(w);
    }
    affirm(w);
    for (size_t i = 0; i < w->grant_count; i++)
        json_array_append_new(grants, grant_json(w, i));
    for (size_t i = 0; i < w->revocation_count; i++)
        json_array_append_new(revocations, revocation_json(w, &w->revocations[i]));
    for (size_t i = 0; i < w->ruling_count; i++)
        json_array_append_new(rulings, ruling_json(w, &w->rulings[i]));
    all = json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "history", (json_int_t)number, "first", roots_first_json(&w->root),
                    "versions", roots_versions_json(&w->roots), "affirmations", roots_affirmations_json(&w->roots), "grants", grants,
                    "revocations", revocations, "rulings", rulings, "answers", answers_json(w));
    ALWAYS(json_dumpf(all, stdout, JSON_COMPACT) == 0);
    putchar('\n');
    json_decref(all);
    for (size_t i = 0; i < w->certificate_count; i++)
        buf_free(&w->certificates[i]);
    roots_free(&w->roots);
}

int main(int argc, char **argv)
{
    static struct world w;
    uint64_t histories = 100, seed = seed_value();

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--histories") == 0)
            histories = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
    }
    w.root = people_root(2, 3, &w.root_file);
    for (int i = 0; i < DEVICES; i++)
        w.people[i] = person(i + 1);
    for (uint64_t i = 0; i < histories; i++) {
        rng_seed(&w.rng, seed + i);
        history_write(&w, seed + i);
    }
    buf_free(&w.root_file);
    return 0;
}
