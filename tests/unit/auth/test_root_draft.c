/* tests: drafts of what the root says: carried about, signed by one key after the other, said when enough have. */
#include "unit.h"

#include "../changeset/widen.h"
#include "auth/root_draft.h"
#include "people.h"

/* A root of two of three: the keys 100, 101, 102; a version to come of 102 and 103, both of them; and an affirmation under it. */
struct ceremony {
    struct root root;
    struct buf file;
    struct arena arena;
    struct root_version next;
    struct root_draft draft;
};

static struct statement head_under(const struct ceremony *c, const struct root_document *d)
{
    return (struct statement){.by_root = true, .root_version = d->version, .issuer = d->id, .network = c->root.network};
}

static void add_version(struct ceremony *c)
{
    struct buf out = {0};

    c->next = (struct root_version){.head = head_under(c, &c->root.first),
                                    .document = {.version = 2, .threshold = 2, .key_count = 2, .oldest = 2}};
    memcpy(c->next.document.keys[0], person(102).key, KEY_BYTES);
    memcpy(c->next.document.keys[1], person(103).key, KEY_BYTES);
    assert_ok(root_version_make(&c->next, &out));
    assert_ok(root_draft_add(&c->draft, buf_span(&out)));
    buf_free(&out);
}

static int add_affirmation(struct ceremony *c, const struct root_document *under)
{
    struct affirmation a = {.head = head_under(c, under)};
    linli_hash ids[] = {c->root.network};
    struct buf out = {0};

    assert_ok(affirmation_make(&a, ids, 1, &out));
    int rv = root_draft_add(&c->draft, buf_span(&out));
    buf_free(&out);
    return rv;
}

static int set_up(void **state)
{
    static struct ceremony c;

    c = (struct ceremony){.file = {0}};
    c.root = people_root(2, 3, &c.file);
    assert_ok(root_draft_start(&c.draft, &c.arena, &c.root.first));
    add_version(&c);
    assert_ok(add_affirmation(&c, &c.next.document));
    *state = &c;
    return 0;
}

static int tear_down(void **state)
{
    struct ceremony *c = *state;

    buf_free(&c->file);
    arena_free(&c->arena);
    return 0;
}

/* Out of the hands of one holder and into those of the next. */
static void carry(struct ceremony *c)
{
    struct buf bytes = {0};
    linli_hash before, after;

    root_draft_fingerprint(&c->draft, &before);
    assert_ok(root_draft_write(&c->draft, &bytes));
    assert_ok(root_draft_read(&c->draft, &c->arena, buf_span(&bytes)));
    root_draft_fingerprint(&c->draft, &after);
    assert_true(hash_equal(&before, &after));
    buf_free(&bytes);
}

static int no_grant(void *ctx, const linli_hash *id, struct grant *out)
{
    (void)ctx;
    (void)id;
    (void)out;
    return LINLI_E_NOT_FOUND;
}

static int next_document(void *ctx, const linli_hash *id, struct root_document *out)
{
    const struct ceremony *c = ctx;

    *out = c->next.document;
    return hash_equal(id, &c->next.document.id) ? LINLI_OK : LINLI_E_NOT_FOUND;
}

static void it_is_said_when_enough_of_both_versions_have_signed(void **state)
{
    struct ceremony *c = *state;
    struct grant_source source = {no_grant, c, next_document};
    struct buf out = {0};

    assert_int_equal(root_draft_missing(&c->draft, 0), 2);
    assert_int_equal(root_draft_missing(&c->draft, 1), 2);
    assert_ok(root_draft_sign(&c->draft, person(102).secret)); /* a key of both */
    carry(c);
    assert_int_equal(root_draft_missing(&c->draft, 0), 1);
    assert_int_equal(root_draft_missing(&c->draft, 1), 1);
    assert_true(root_draft_signed(&c->draft, 0, 2) && root_draft_signed(&c->draft, 1, 0));
    assert_false(root_draft_signed(&c->draft, 0, 0) || root_draft_signed(&c->draft, 1, 1));
    assert_code(root_draft_sign(&c->draft, person(102).secret), LINLI_E_EXISTS);
    assert_code(root_draft_sign(&c->draft, person(9).secret), LINLI_E_KEY);
    assert_ok(root_draft_sign(&c->draft, person(100).secret));
    carry(c);
    assert_code(root_draft_sign(&c->draft, person(101).secret), LINLI_E_EXISTS); /* enough others have */
    assert_int_equal(root_draft_missing(&c->draft, 0), 0);
    assert_code(root_draft_certificate(&c->draft, 0, &out), LINLI_E_WAIT);
    assert_code(root_draft_certificate(&c->draft, 1, &out), LINLI_E_WAIT);
    assert_ok(root_draft_sign(&c->draft, person(103).secret));
    carry(c);
    assert_int_equal(root_draft_missing(&c->draft, 1), 0);
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&out);
        assert_ok(root_draft_certificate(&c->draft, i, &out));
        assert_ok(statement_check(&c->root, buf_span(&out), &source));
    }
    buf_free(&out);
}

/* Somebody in between put what he liked where signatures go. */
static void bad_signatures_take_the_place_of_no_good_ones(void **state)
{
    struct ceremony *c = *state;

    for (size_t i = 0; i < c->draft.count; i++)
        for (unsigned k = 0; k < ROOT_KEYS_MAX; k++)
            c->draft.items[i].by_issuer.has[k] = c->draft.items[i].by_itself.has[k] = true;
    assert_code(root_draft_sign(&c->draft, person(102).secret), LINLI_E_EXISTS);
    carry(c);
    assert_int_equal(root_draft_missing(&c->draft, 0), 2);
    assert_int_equal(root_draft_missing(&c->draft, 1), 2);
    assert_ok(root_draft_sign(&c->draft, person(102).secret));
    carry(c);
    assert_int_equal(root_draft_missing(&c->draft, 0), 1);
    assert_int_equal(root_draft_missing(&c->draft, 1), 1);
    c->draft.items[0].by_issuer.at[2][0] ^= 1;
    carry(c);
    assert_int_equal(root_draft_missing(&c->draft, 0), 2);
    assert_true(root_draft_signed(&c->draft, 1, 0));
}

static void what_is_not_the_roots_to_say_is_not_taken_in(void **state)
{
    struct ceremony *c = *state;
    struct person office = person(1);
    struct buf out = {0};
    struct root_document other = c->root.first;

    other.id.b[0] ^= 1;
    assert_code(add_affirmation(c, &other), LINLI_E_FORMAT);
    other = c->root.first;
    other.version = 2;
    assert_code(add_affirmation(c, &other), LINLI_E_FORMAT);
    struct grant top = grant_draft(&c->root, NULL, &office, "", RIGHT_ALL, 0);
    assert_ok(grant_make(NULL, &top, &out));
    assert_ok(root_draft_add(&c->draft, buf_span(&out)));
    assert_int_equal(c->draft.items[2].kind, STATEMENT_GRANT);
    buf_clear(&out);
    struct grant below = grant_draft(&c->root, &top, &office, "", RIGHT_ALL, 0);
    assert_ok(grant_make(office.secret, &below, &out));
    assert_code(root_draft_add(&c->draft, buf_span(&out)), LINLI_E_FORMAT);
    assert_int_not_equal(root_draft_add(&c->draft, span_of(out.at, out.size - 1)), LINLI_OK);
    buf_clear(&out);
    assert_ok(root_version_make(&c->next, &out)); /* a second version */
    assert_code(root_draft_add(&c->draft, buf_span(&out)), LINLI_E_LIMIT);
    while (c->draft.count < DRAFT_ITEMS_MAX)
        assert_ok(add_affirmation(c, &c->root.first));
    assert_code(add_affirmation(c, &c->root.first), LINLI_E_LIMIT);
    buf_free(&out);
}

static void refused(void *ctx, span variant)
{
    struct ceremony *c = ctx;
    struct root_draft d;

    assert_int_not_equal(root_draft_read(&d, &c->arena, variant), LINLI_OK);
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    struct ceremony *c = *state;
    struct buf bytes = {0};
    struct root_draft d;

    assert_ok(root_draft_sign(&c->draft, person(102).secret));
    assert_ok(root_draft_sign(&c->draft, person(100).secret));
    assert_ok(root_draft_write(&c->draft, &bytes));
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_not_equal(root_draft_read(&d, &c->arena, span_of(bytes.at, size)), LINLI_OK);
    assert_true(widen_each(buf_span(&bytes), refused, c) > 10);
    for (size_t bit = 0; bit < 8 * bytes.size; bit += 3) { /* whatever comes of it, it comes to an end */
        bytes.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        (void)root_draft_read(&d, &c->arena, buf_span(&bytes));
        bytes.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(bytes.at[1], 0xb0); /* the mark, then the version */
    bytes.at[18]++;
    assert_code(root_draft_read(&d, &c->arena, buf_span(&bytes)), LINLI_E_VERSION);
    bytes.at[18]--;
    bytes.at[2] ^= 1;
    assert_code(root_draft_read(&d, &c->arena, buf_span(&bytes)), LINLI_E_FORMAT);
    bytes.at[2] ^= 1;
    buf_extend(&bytes, DRAFT_BYTES_MAX);
    assert_code(root_draft_read(&d, &c->arena, buf_span(&bytes)), LINLI_E_LIMIT);
    buf_clear(&bytes);
    assert_ok(root_draft_start(&d, &c->arena, &c->root.first)); /* of nothing */
    assert_ok(root_draft_write(&d, &bytes));
    assert_code(root_draft_read(&d, &c->arena, buf_span(&bytes)), LINLI_E_FORMAT);
    buf_free(&bytes);
}

/* A draft written by hand, of one affirmation. */
struct form {
    size_t fields, signer_fields, item_fields, set_bytes;
    bool marked;
    int code;
};

static int read_form(struct ceremony *c, const struct form *f)
{
    static const char mark[] = "linli root draft";
    static const uint8_t set[2 * ROOT_SIGNATURE_BYTES];
    const struct root_document *under = &c->root.first;
    struct buf bytes = {0};
    struct root_draft d;

    write_array(&bytes, f->fields);
    if (f->marked)
        write_text(&bytes, mark, sizeof(mark) - 1);
    else
        write_uint(&bytes, 7);
    write_uint(&bytes, 1);
    write_array(&bytes, f->signer_fields);
    write_bin(&bytes, under->id.b, HASH_BYTES);
    write_uint(&bytes, under->version);
    write_uint(&bytes, under->threshold);
    write_array(&bytes, under->key_count);
    for (unsigned i = 0; i < under->key_count; i++)
        write_bin(&bytes, under->keys[i], KEY_BYTES);
    for (size_t i = 4; i < f->signer_fields; i++)
        write_uint(&bytes, 0);
    write_array(&bytes, 1);
    write_array(&bytes, f->item_fields);
    write_bin(&bytes, c->draft.items[2].certificate.at, c->draft.items[2].certificate.size);
    write_bin(&bytes, set, f->set_bytes);
    for (size_t i = 2; i < f->item_fields; i++)
        write_bin(&bytes, set, 0);
    for (size_t i = 4; i < f->fields; i++)
        write_uint(&bytes, 0);
    int rv = root_draft_read(&d, &c->arena, buf_span(&bytes));
    buf_free(&bytes);
    return rv;
}

static void what_is_not_of_the_form_is_refused(void **state)
{
    static const struct form forms[] = {
        {4, 4, 3, 0, true, LINLI_OK},
        {4, 4, 3, ROOT_SIGNATURE_BYTES, true, LINLI_OK},
        {4, 4, 3, 2 * ROOT_SIGNATURE_BYTES, true, LINLI_E_FORMAT}, /* key 0 twice */
        {4, 4, 3, ROOT_SIGNATURE_BYTES + 1, true, LINLI_E_FORMAT},
        {4, 4, 3, 0, false, LINLI_E_FORMAT},
        {5, 4, 3, 0, true, LINLI_E_FORMAT},
        {4, 5, 3, 0, true, LINLI_E_FORMAT},
        {4, 4, 4, 0, true, LINLI_E_FORMAT},
    };
    struct ceremony *c = *state;

    assert_ok(add_affirmation(c, &c->root.first));
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        int rv = read_form(c, &forms[i]);
        if (rv != forms[i].code)
            fail_msg("form %zu: %s", i, linli_code_name(rv));
    }
}

/* So much that signing it takes memory. */
static int add_large(const struct ceremony *c, struct root_draft *d)
{
    struct affirmation a = {.head = head_under(c, &c->root.first)};
    linli_hash ids[64] = {{{0}}};
    struct buf out = {0};

    for (size_t i = 0; i < COUNT_OF(ids); i++)
        ids[i].b[0] = (uint8_t)i;
    int rv = affirmation_make(&a, ids, COUNT_OF(ids), &out);
    if (rv == LINLI_OK)
        rv = root_draft_add(d, buf_span(&out));
    buf_free(&out);
    return rv;
}

static int make(void *ctx)
{
    const struct ceremony *c = ctx;
    struct arena a = {0};
    struct buf bytes = {0}, out = {0};
    struct root_draft d;
    int rv = root_draft_start(&d, &a, &c->root.first);

    if (rv == LINLI_OK)
        rv = add_large(c, &d);
    if (rv == LINLI_OK)
        rv = root_draft_add(&d, c->draft.items[0].certificate);
    if (rv == LINLI_OK)
        rv = root_draft_sign(&d, person(100).secret);
    if (rv == LINLI_OK)
        rv = root_draft_sign(&d, person(102).secret);
    if (rv == LINLI_OK)
        rv = root_draft_sign(&d, person(103).secret);
    if (rv == LINLI_OK)
        rv = root_draft_write(&d, &bytes);
    if (rv == LINLI_OK)
        rv = root_draft_read(&d, &a, buf_span(&bytes));
    if (rv == LINLI_OK)
        rv = root_draft_certificate(&d, 1, &out);
    buf_free(&bytes);
    buf_free(&out);
    arena_free(&a);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    assert_true(heap_each_failure(make, *state) > 4);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(it_is_said_when_enough_of_both_versions_have_signed),
        CASE(bad_signatures_take_the_place_of_no_good_ones),
        CASE(what_is_not_the_roots_to_say_is_not_taken_in),
        CASE(nothing_but_the_one_encoding_is_accepted),
        CASE(what_is_not_of_the_form_is_refused),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
