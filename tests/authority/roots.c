/* tests: random later versions of the root document and affirmations: drawn, signed rightly and wrongly, told as JSON. */
#include <string.h>

#include <linli/error.h>

#include "roots.h"

enum { FIRST_KEY = 100, KEYS = 8 }; /* the persons who may hold a key of the root */
static const char VERSION_CONTEXT[] = "linli/root-version/1", AFFIRMATION_CONTEXT[] = "linli/affirmation/1";

static bool one_in(struct roots *r, unsigned n)
{
    return rng_below(r->rng, n) == 0;
}

/* Of all, whether they are good or not. */
static const struct root_document *document_any(struct roots *r)
{
    size_t i = (size_t)rng_below(r->rng, r->version_count + 1);

    return i == 0 ? &r->root->first : &r->versions[i - 1].document;
}

/* Of those held, as whoever looks a document up would find it. */
static int document_find(void *ctx, const linli_hash *id, struct root_document *out)
{
    const struct roots *r = ctx;

    for (size_t i = 0; i < r->version_count; i++)
        if (r->version_good[i] && hash_equal(&r->versions[i].document.id, id)) {
            *out = r->versions[i].document;
            return LINLI_OK;
        }
    return LINLI_E_NOT_FOUND;
}

static int grant_find(void *ctx, const linli_hash *id, struct grant *out)
{
    (void)ctx;
    (void)id;
    (void)out;
    return LINLI_E_NOT_FOUND;
}

static bool is_good(const struct roots *r, span certificate)
{
    struct grant_source source = {grant_find, (void *)(uintptr_t)r, document_find};

    return statement_check(r->root, certificate, &source) == LINLI_OK;
}

static int person_of(const uint8_t key[KEY_BYTES])
{
    int number = FIRST_KEY;

    while (memcmp(person(number).key, key, KEY_BYTES) != 0)
        number++;
    return number;
}

/* --- signatures --- */

/* So many as are asked for, or one more or less; now and then by somebody else, or under another's index. */
static void sign_for(struct roots *r, const struct root_document *d, unsigned wanted, struct signatures *out)
{
    unsigned skip;
    bool wrong = one_in(r, 8);

    if (wrong && one_in(r, 2))
        wanted += one_in(r, 2) ? 1 : UINT32_MAX;
    if (wanted > d->key_count)
        wanted = d->key_count;
    skip = (unsigned)rng_below(r->rng, d->key_count - wanted + 1);
    for (unsigned i = 0; i < wanted; i++) {
        struct signing by = {person_of(d->keys[skip + i]), skip + i};
        if (wrong && one_in(r, 3))
            by.signer = FIRST_KEY + (int)rng_below(r->rng, KEYS);
        if (wrong && one_in(r, 6))
            by.index = (unsigned)rng_below(r->rng, d->key_count + 1);
        out->by[out->count++] = by;
    }
}

static json_t *signatures_json(const struct signatures *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++)
        json_array_append_new(list, json_pack("[i, i]", s->by[i].signer, (int)s->by[i].index));
    return list;
}

/* --- drawing --- */

static void keys_draw(struct roots *r, struct root_document *d)
{
    unsigned first = (unsigned)rng_below(r->rng, KEYS);

    d->key_count = 1 + (unsigned)rng_below(r->rng, 3);
    d->threshold = 1 + (unsigned)rng_below(r->rng, d->key_count);
    for (unsigned i = 0; i < d->key_count; i++)
        memcpy(d->keys[i], person(FIRST_KEY + (int)((first + i) % KEYS)).key, KEY_BYTES);
}

static void version_add(struct roots *r)
{
    size_t i = r->version_count;
    struct root_document before = *document_any(r);
    struct root_version *v = &r->versions[i];
    struct buf *out = &r->certificates[i];

    if (i > 0 && one_in(r, 2))
        before = r->versions[i - 1].document; /* else most histories would be short */
    *v = (struct root_version){.head = {.by_root = true, .root_version = before.version, .issuer = before.id,
                                        .network = r->root->network},
                               .document = {.version = before.version + 1, .oldest = before.oldest}};
    v->head.salt[0] = (uint8_t)i;
    if (one_in(r, 2))
        v->document.oldest = 1 + rng_below(r->rng, v->document.version);
    keys_draw(r, &v->document);
    if (one_in(r, 3)) /* it may be too few, or more than there are */
        v->signers = 1 + (unsigned)rng_below(r->rng, before.key_count + 1);
    ALWAYS(root_version_make(v, out) == LINLI_OK);
    r->signatures[i].count = 0;
    sign_for(r, &before, v->signers > 0 ? v->signers : before.threshold, &r->signatures[i]);
    sign_for(r, &v->document, v->document.threshold, &r->signatures[i]);
    signed_by_root(VERSION_CONTEXT, r->signatures[i].by, r->signatures[i].count, out);
    ALWAYS(root_version_decode(buf_span(out), v) == LINLI_OK);
    r->version_good[i] = is_good(r, buf_span(out));
    r->version_count++;
}

void roots_draw(struct roots *r, const struct root *root, struct rng_seeded *rng)
{
    size_t versions;

    *r = (struct roots){.rng = rng, .root = root};
    versions = one_in(r, 2) ? 0 : 1 + (size_t)rng_below(rng, VERSIONS_MAX);
    while (r->version_count < versions)
        version_add(r);
}

const struct root_document *roots_document(struct roots *r)
{
    for (unsigned tries = 0; tries < 4; tries++) {
        size_t i = (size_t)rng_below(r->rng, r->version_count + 1);
        if (i > 0 && r->version_good[i - 1])
            return &r->versions[i - 1].document;
    }
    return &r->root->first;
}

void roots_affirm(struct roots *r, const linli_hash *ids, size_t count)
{
    size_t affirmations = r->version_count == 0 ? 0 : (size_t)rng_below(r->rng, AFFIRMATIONS_MAX + 1);

    while (r->affirmation_count < affirmations) {
        size_t i = r->affirmation_count, listed_count = 0;
        struct affirmation *a = &r->affirmations[i];
        struct buf *out = &r->certificates[VERSIONS_MAX + i];
        struct signatures *signatures = &r->signatures[VERSIONS_MAX + i];
        linli_hash listed[LISTED_MAX];
        const struct root_document *under = document_any(r);
        *a = (struct affirmation){.head = {.by_root = true, .root_version = under->version, .issuer = under->id,
                                           .network = r->root->network}};
        a->head.salt[0] = (uint8_t)i;
        for (size_t k = 0; k < count && listed_count < LISTED_MAX; k++)
            if (one_in(r, 2) || (listed_count == 0 && k + 1 == count))
                listed[listed_count++] = ids[k];
        ALWAYS(affirmation_make(a, listed, listed_count, out) == LINLI_OK);
        signatures->count = 0;
        sign_for(r, under, under->threshold, signatures);
        signed_by_root(AFFIRMATION_CONTEXT, signatures->by, signatures->count, out);
        ALWAYS(affirmation_decode(buf_span(out), a) == LINLI_OK);
        r->affirmation_good[i] = is_good(r, buf_span(out));
        r->affirmation_count++;
    }
}

void roots_free(struct roots *r)
{
    for (size_t i = 0; i < VERSIONS_MAX + AFFIRMATIONS_MAX; i++)
        buf_free(&r->certificates[i]);
}

/* --- what is held --- */

int roots_said(const struct roots *r, struct arena *a, struct root_said *out)
{
    struct root_version *versions = arena_array(a, VERSIONS_MAX, sizeof(*versions));
    struct affirmation *affirmations = arena_array(a, AFFIRMATIONS_MAX, sizeof(*affirmations));

    *out = (struct root_said){.versions = versions, .affirmations = affirmations};
    for (size_t i = 0; i < r->version_count; i++)
        if (r->version_good[i])
            versions[out->version_count++] = r->versions[i];
    for (size_t i = 0; i < r->affirmation_count; i++)
        if (r->affirmation_good[i])
            affirmations[out->affirmation_count++] = r->affirmations[i];
    return LINLI_OK;
}

/* --- as JSON --- */

static json_t *hash_json(const linli_hash *hash)
{
    char text[2 * HASH_BYTES + 1];

    hex_encode(hash->b, HASH_BYTES, text);
    return json_string(text);
}

static json_t *document_json(const struct root_document *d)
{
    json_t *keys = json_array();

    for (unsigned i = 0; i < d->key_count; i++)
        json_array_append_new(keys, json_integer(person_of(d->keys[i])));
    return json_pack("{s:o, s:I, s:i, s:o, s:I}", "id", hash_json(&d->id), "version", (json_int_t)d->version, "threshold",
                     (int)d->threshold, "keys", keys, "oldest", (json_int_t)d->oldest);
}

json_t *roots_first_json(const struct root *root)
{
    return document_json(&root->first);
}

json_t *roots_versions_json(const struct roots *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->version_count; i++) {
        json_t *version = document_json(&r->versions[i].document);
        json_object_set_new(version, "signers", json_integer(r->versions[i].signers));
        json_object_set_new(version, "before", hash_json(&r->versions[i].head.issuer));
        json_object_set_new(version, "signatures", signatures_json(&r->signatures[i]));
        json_array_append_new(list, version);
    }
    return list;
}

json_t *roots_affirmations_json(const struct roots *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->affirmation_count; i++) {
        const struct affirmation *a = &r->affirmations[i];
        json_t *ids = json_array();
        struct reader rows;
        reader_start(&rows, a->ids);
        for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
            linli_hash id;
            reader_fixed(&rows, id.b, HASH_BYTES);
            json_array_append_new(ids, hash_json(&id));
        }
        json_array_append_new(list, json_pack("{s:o, s:I, s:o, s:o}", "document", hash_json(&a->head.issuer), "version",
                                              (json_int_t)a->head.root_version, "ids", ids, "signatures",
                                              signatures_json(&r->signatures[VERSIONS_MAX + i])));
    }
    return list;
}

json_t *roots_good_json(const struct roots *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->version_count; i++)
        json_array_append_new(list, json_boolean(r->version_good[i]));
    for (size_t i = 0; i < r->affirmation_count; i++)
        json_array_append_new(list, json_boolean(r->affirmation_good[i]));
    return list;
}

json_t *roots_holds_json(const struct roots *r)
{
    json_t *list = json_array();
    struct root_said said;
    struct succession succession;
    struct arena a = {0};

    ALWAYS(roots_said(r, &a, &said) == LINLI_OK);
    succession_find(&said, &succession);
    for (size_t i = 0; i < r->version_count; i++)
        json_array_append_new(list, json_boolean(succession_holds(&succession, r->versions[i].document.version,
                                                                  &r->versions[i].document.id)));
    arena_free(&a);
    return list;
}
