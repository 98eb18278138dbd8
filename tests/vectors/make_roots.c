/* tests: the vectors of proto/authority.md 7 and 9: later versions of the root document, affirmations, and drafts on their way. */
#include <jansson.h>
#include <linli/error.h>
#include <string.h>

#include "../unit/auth/people.h"
#include "auth/root_draft.h"
#include "make.h"

static const char VERSION_CONTEXT[] = "linli/root-version/1", AFFIRMATION_CONTEXT[] = "linli/affirmation/1";

enum { HELD_MAX = 4 };
/* A root of two of three: the keys 100, 101, 102. What was found good is held. */
struct ceremony {
    struct root root;
    struct buf file;
    struct root_document held[HELD_MAX];
    size_t held_count;
    json_t *said;
};

static int grant_find(void *ctx, const linli_hash *id, struct grant *out)
{
    (void)ctx;
    (void)id;
    (void)out;
    return LINLI_E_NOT_FOUND;
}

static int document_find(void *ctx, const linli_hash *id, struct root_document *out)
{
    const struct ceremony *c = ctx;

    for (size_t i = 0; i < c->held_count; i++)
        if (hash_equal(&c->held[i].id, id)) {
            *out = c->held[i];
            return LINLI_OK;
        }
    return LINLI_E_NOT_FOUND;
}

/* --- what is said --- */

static json_t *keys_json(const struct root_document *d)
{
    json_t *keys = json_array();

    for (unsigned i = 0; i < d->key_count; i++)
        json_array_append_new(keys, hex(d->keys[i], KEY_BYTES));
    return keys;
}

static void version_tell(struct ceremony *c, span certificate, json_t *out)
{
    struct root_version v;

    ALWAYS(root_version_decode(certificate, &v) == LINLI_OK && c->held_count < HELD_MAX);
    c->held[c->held_count++] = v.document;
    json_object_set_new(out, "id", hex(v.head.id.b, HASH_BYTES));
    json_object_set_new(out, "before", hex(v.head.issuer.b, HASH_BYTES));
    json_object_set_new(out, "version", json_integer((json_int_t)v.document.version));
    json_object_set_new(out, "threshold", json_integer(v.document.threshold));
    json_object_set_new(out, "keys", keys_json(&v.document));
    json_object_set_new(out, "oldest", json_integer((json_int_t)v.document.oldest));
    if (v.signers > 0)
        json_object_set_new(out, "signers", json_integer(v.signers));
}

static void affirmation_tell(span certificate, json_t *out)
{
    struct affirmation a;
    struct reader rows;
    json_t *ids = json_array();

    ALWAYS(affirmation_decode(certificate, &a) == LINLI_OK);
    reader_start(&rows, a.ids);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        linli_hash id;
        reader_fixed(&rows, id.b, HASH_BYTES);
        json_array_append_new(ids, hex(id.b, HASH_BYTES));
    }
    json_object_set_new(out, "id", hex(a.head.id.b, HASH_BYTES));
    json_object_set_new(out, "document", hex(a.head.issuer.b, HASH_BYTES));
    json_object_set_new(out, "ids", ids);
}

static void say(struct ceremony *c, const char *name, span certificate)
{
    struct grant_source source = {grant_find, c, document_find};
    unsigned kind = certificate_kind(certificate);
    int rv = statement_check(&c->root, certificate, &source);
    json_t *out = json_pack("{ss so ss}", "name", name, "certificate", hex_of(certificate), "expect", linli_code_name(rv));

    if (rv == LINLI_OK && kind == STATEMENT_ROOT)
        version_tell(c, certificate, out);
    else if (rv == LINLI_OK)
        affirmation_tell(certificate, out);
    json_array_append_new(c->said, out);
}

static struct statement head_under(const struct ceremony *c, const struct root_document *d)
{
    return (struct statement){.by_root = true, .root_version = d->version, .issuer = d->id, .network = c->root.network,
                              .issued_ms = 1700000004000U};
}

static struct root_version version_after(const struct ceremony *c, const struct root_document *before, unsigned threshold, int first,
                                         unsigned count)
{
    struct root_version v = {.head = head_under(c, before),
                             .document = {.version = before->version + 1, .threshold = threshold, .key_count = count,
                                          .oldest = before->oldest}};

    for (unsigned i = 0; i < count; i++)
        memcpy(v.document.keys[i], person(first + (int)i).key, KEY_BYTES);
    return v;
}

static void version_say(struct ceremony *c, const char *name, struct root_version *v, const struct signing *by, size_t count)
{
    struct buf out = {0};

    ALWAYS(root_version_make(v, &out) == LINLI_OK);
    signed_by_root(VERSION_CONTEXT, by, count, &out);
    say(c, name, buf_span(&out));
    buf_free(&out);
}

static const struct signing GOOD[] = {{100, 0}, {102, 2}, {103, 1}, {104, 2}};

/* More keys of the version before than that asks for, or a number that cannot be right. */
static void more_signers_say(struct ceremony *c)
{
    static const struct signing all[] = {{100, 0}, {101, 1}, {102, 2}, {103, 1}, {104, 2}};
    struct root_version two = version_after(c, &c->root.first, 2, 102, 3);

    two.signers = 3;
    version_say(c, "three keys of the one before are said, and two signed", &two, GOOD, 4);
    version_say(c, "the second version, by three keys of the one before", &two, all, 5);
    two.signers = 2;
    version_say(c, "as many signers as go without saying", &two, GOOD, 4);
    two.signers = 4;
    version_say(c, "more signers than there are keys", &two, all, 5);
}

static void versions_say(struct ceremony *c)
{
    static const struct {
        const char *name;
        size_t count;
        struct signing by[6];
    } bad[] = {
        {"by one key of the one before", 3, {{100, 0}, {103, 1}, {104, 2}}},
        {"by three keys of the one before", 5, {{100, 0}, {101, 1}, {102, 2}, {103, 1}, {104, 2}}},
        {"not by its own keys", 2, {{100, 0}, {102, 2}}},
        {"by its own keys first", 4, {{103, 1}, {104, 2}, {100, 0}, {102, 2}}},
        {"indexes that do not rise", 4, {{102, 2}, {100, 0}, {103, 1}, {104, 2}}},
        {"one key twice", 4, {{100, 0}, {100, 0}, {103, 1}, {104, 2}}},
        {"another key under its index", 4, {{100, 0}, {101, 2}, {103, 1}, {104, 2}}},
    };
    struct root_version two = version_after(c, &c->root.first, 2, 102, 3);

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        version_say(c, bad[i].name, &two, bad[i].by, bad[i].count);
    struct root_version unheard = two;
    unheard.document.id.b[0] ^= 1;
    struct root_version after = version_after(c, &unheard.document, 1, 105, 1);
    version_say(c, "after a version that is not held", &after, (struct signing[]){{103, 1}, {104, 2}, {105, 0}}, 3);
    version_say(c, "the second version", &two, GOOD, 4);
    more_signers_say(c);
    struct root_version three = version_after(c, &two.document, 1, 105, 1);
    three.document.oldest = 3;
    version_say(c, "the third, which raises the oldest", &three, (struct signing[]){{103, 1}, {104, 2}, {105, 0}}, 3);
    struct root_version four = version_after(c, &three.document, 1, 106, 1);
    four.document.oldest = 2;
    version_say(c, "one that takes the oldest back", &four, (struct signing[]){{105, 0}, {106, 0}}, 2);
}

/* Signed all the same, with the first byte of its last id changed. */
static void last_id_changed(struct buf *out)
{
    struct certified said;

    ALWAYS(certificate_split(buf_span(out), LIMIT_STATEMENT_BYTES, &said) == LINLI_OK);
    out->at[(size_t)(said.body.at - out->at) + said.body.size - HASH_BYTES] = 0;
    signed_by_root(AFFIRMATION_CONTEXT, (struct signing[]){{105, 0}}, 1, out);
}

static void affirmations_say(struct ceremony *c)
{
    struct affirmation a = {.head = head_under(c, &c->held[c->held_count - 1])};
    linli_hash ids[] = {{{5}}, {{7}}};
    struct buf out = {0};

    ALWAYS(affirmation_make(&a, ids, 2, &out) == LINLI_OK);
    say(c, "an affirmation that nobody signed", buf_span(&out));
    signed_by_root(AFFIRMATION_CONTEXT, (struct signing[]){{105, 0}}, 1, &out);
    say(c, "an affirmation", buf_span(&out));
    signed_by_root(VERSION_CONTEXT, (struct signing[]){{105, 0}}, 1, &out);
    say(c, "an affirmation signed as a version", buf_span(&out));
    signed_by_root(AFFIRMATION_CONTEXT, (struct signing[]){{105, 0}}, 1, &out);
    last_id_changed(&out);
    say(c, "ids that do not rise", buf_span(&out));
    buf_free(&out);
}

/* --- drafts --- */

static json_t *draft_json(const char *name, span bytes)
{
    struct root_draft d;
    struct arena a = {0};
    linli_hash fingerprint;
    int rv = root_draft_read(&d, &a, bytes);
    json_t *missing = json_array(), *out = json_pack("{ss so ss}", "name", name, "draft", hex_of(bytes), "expect", linli_code_name(rv));

    for (size_t s = 0; rv == LINLI_OK && s < d.signer_count; s++)
        json_array_append_new(missing, json_integer(root_draft_missing(&d, s)));
    if (rv == LINLI_OK) {
        root_draft_fingerprint(&d, &fingerprint);
        json_object_set_new(out, "fingerprint", hex(fingerprint.b, HASH_BYTES));
        json_object_set(out, "missing", missing);
    }
    json_decref(missing);
    arena_free(&a);
    return out;
}

static void draft_make(const struct ceremony *c, struct root_draft *d, struct arena *a, unsigned signers)
{
    struct root_version two = version_after(c, &c->root.first, 2, 102, 3);
    struct buf out = {0};
    linli_hash ids[] = {c->root.network};

    two.signers = signers;
    ALWAYS(root_draft_start(d, a, &c->root.first) == LINLI_OK);
    ALWAYS(root_version_make(&two, &out) == LINLI_OK && root_draft_add(d, buf_span(&out)) == LINLI_OK);
    struct affirmation affirmation = {.head = head_under(c, &two.document)};
    buf_clear(&out);
    ALWAYS(affirmation_make(&affirmation, ids, 1, &out) == LINLI_OK && root_draft_add(d, buf_span(&out)) == LINLI_OK);
    buf_free(&out);
}

static void draft_add(json_t *list, const char *name, const struct root_draft *d)
{
    struct buf out = {0};

    ALWAYS(root_draft_write(d, &out) == LINLI_OK);
    json_array_append_new(list, draft_json(name, buf_span(&out)));
    buf_free(&out);
}

static json_t *drafts_json(const struct ceremony *c)
{
    enum { VERSION_AT = 18 };
    json_t *list = json_array();
    struct root_draft d;
    struct arena a = {0};
    struct buf out = {0};

    draft_make(c, &d, &a, 3);
    draft_add(list, "a version that three keys of the one before are to sign", &d);
    draft_make(c, &d, &a, 0);
    draft_add(list, "signed by nobody", &d);
    ALWAYS(root_draft_sign(&d, person(102).secret) == LINLI_OK);
    draft_add(list, "signed by a key of both versions", &d);
    d.items[1].by_issuer.at[0][0] ^= 1;
    draft_add(list, "a bad signature is as if it were not there", &d);
    ALWAYS(root_draft_write(&d, &out) == LINLI_OK);
    json_array_append_new(list, draft_json("last byte missing", span_of(out.at, out.size - 1)));
    out.at[VERSION_AT] = 2;
    json_array_append_new(list, draft_json("of a newer program", buf_span(&out)));
    buf_free(&out);
    arena_free(&a);
    return list;
}

json_t *root_version_vectors(void)
{
    struct ceremony c = {.said = json_array()};

    c.root = people_root(2, 3, &c.file);
    versions_say(&c);
    affirmations_say(&c);
    json_t *out = json_pack("{ss so so so}", "about",
                            "Made-up later versions of a root document, affirmations and drafts, one after the other; see proto/authority.md 7 and 9.",
                            "root", hex_of(buf_span(&c.file)), "said", c.said, "drafts", drafts_json(&c));
    buf_free(&c.file);
    return out;
}

void root_seeds(void (*write)(const char *path, int first, span bytes))
{
    struct ceremony c = {.held_count = 0};
    struct root_draft d;
    struct arena a = {0};
    struct buf out = {0};

    c.root = people_root(2, 3, &c.file);
    struct root_version two = version_after(&c, &c.root.first, 2, 102, 3);
    ALWAYS(root_version_make(&two, &out) == LINLI_OK);
    signed_by_root(VERSION_CONTEXT, GOOD, 4, &out);
    write("tests/fuzz/corpus/root/version", 0, buf_span(&out));
    struct affirmation affirmation = {.head = head_under(&c, &two.document)};
    linli_hash ids[] = {{{5}}, {{7}}};
    buf_clear(&out);
    ALWAYS(affirmation_make(&affirmation, ids, 2, &out) == LINLI_OK);
    write("tests/fuzz/corpus/root/affirmation", 1, buf_span(&out));
    draft_make(&c, &d, &a, 0);
    buf_clear(&out);
    ALWAYS(root_draft_write(&d, &out) == LINLI_OK);
    write("tests/fuzz/corpus/root/draft", 2, buf_span(&out));
    ALWAYS(root_draft_sign(&d, person(102).secret) == LINLI_OK);
    buf_clear(&out);
    ALWAYS(root_draft_write(&d, &out) == LINLI_OK);
    write("tests/fuzz/corpus/root/draft-signed", 2, buf_span(&out));
    buf_free(&out);
    buf_free(&c.file);
    arena_free(&a);
}
