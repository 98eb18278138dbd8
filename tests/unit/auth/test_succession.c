/* tests: later versions of the root document and affirmations: their form, who must sign them, and what they leave standing. */
#include "unit.h"

#include "../changeset/widen.h"
#include "people.h"

static const char VERSION_CONTEXT[] = "linli/root-version/1", AFFIRMATION_CONTEXT[] = "linli/affirmation/1";

/* A root of two of three: the keys 100, 101, 102. */
struct ceremony {
    struct root root;
    struct buf file, certificate;
    struct root_version next; /* signed by 100 and 102, for 102, 103, 104, and by 103 and 104 */
    struct root_document held[4];
    size_t held_count;
    bool fails; /* documents cannot be read */
};

static int no_grant(void *ctx, const linli_hash *id, struct grant *out)
{
    (void)ctx;
    (void)id;
    (void)out;
    return LINLI_E_NOT_FOUND;
}

static int held_document(void *ctx, const linli_hash *id, struct root_document *out)
{
    const struct ceremony *c = ctx;

    for (size_t i = 0; i < c->held_count && !c->fails; i++)
        if (hash_equal(&c->held[i].id, id)) {
            *out = c->held[i];
            return LINLI_OK;
        }
    return c->fails ? LINLI_E_DISK : LINLI_E_NOT_FOUND;
}

static struct root_version draft(const struct root *root, const struct root_document *before, unsigned threshold, int first,
                                 unsigned count)
{
    struct root_version v = {.head = {.by_root = true, .root_version = before->version, .issuer = before->id,
                                      .network = root->network},
                             .document = {.version = before->version + 1, .threshold = threshold, .key_count = count,
                                          .oldest = before->oldest}};

    for (unsigned i = 0; i < count && i < ROOT_KEYS_MAX; i++)
        memcpy(v.document.keys[i], person(first + (int)i).key, KEY_BYTES);
    return v;
}

/* The entries of the one before stand first. */
static void make_signed(struct root_version *v, const struct signing *by, size_t count, struct buf *out)
{
    buf_clear(out);
    assert_ok(root_version_make(v, out));
    signed_by_root(VERSION_CONTEXT, by, count, out);
    assert_ok(root_version_decode(buf_span(out), v));
}

static const struct signing GOOD[] = {{100, 0}, {102, 2}, {103, 1}, {104, 2}};

static int set_up(void **state)
{
    static struct ceremony c;

    c = (struct ceremony){.held_count = 0};
    c.root = people_root(2, 3, &c.file);
    c.next = draft(&c.root, &c.root.first, 2, 102, 3);
    make_signed(&c.next, GOOD, 4, &c.certificate);
    *state = &c;
    return 0;
}

static int tear_down(void **state)
{
    struct ceremony *c = *state;

    buf_free(&c->file);
    buf_free(&c->certificate);
    return 0;
}

static int checked(struct ceremony *c, span certificate)
{
    struct grant_source source = {no_grant, c, held_document};

    return statement_check(&c->root, certificate, &source);
}

static void a_version_comes_back_as_it_was_made(void **state)
{
    struct ceremony *c = *state;
    struct statement st;

    assert_ok(checked(c, buf_span(&c->certificate)));
    assert_ok(statement_decode(buf_span(&c->certificate), &st));
    assert_int_equal(st.kind, STATEMENT_ROOT);
    assert_true(hash_equal(&st.id, &c->next.document.id));
    assert_true(st.by_root && st.root_version == 1 && hash_equal(&st.issuer, &c->root.network));
    assert_int_equal(c->next.document.version, 2);
    assert_int_equal(c->next.document.threshold, 2);
    assert_int_equal(c->next.document.key_count, 3);
    assert_int_equal(c->next.document.oldest, 1);
    assert_memory_equal(c->next.document.keys[2], person(104).key, KEY_BYTES);
    assert_true(id_equal(&st.scope, &c->root.scope));
}

static void a_version_is_signed_by_enough_keys_of_the_one_before_and_of_itself(void **state)
{
    static const struct {
        const char *name;
        size_t count;
        struct signing by[6];
        int code;
    } cases[] = {
        {"two and two", 4, {{100, 0}, {101, 1}, {102, 0}, {103, 1}}, LINLI_OK},
        {"a key of both signs for both", 4, {{101, 1}, {102, 2}, {102, 0}, {104, 2}}, LINLI_OK},
        {"not by the one before", 2, {{102, 0}, {103, 1}}, LINLI_E_SIGNATURE},
        {"by one of the one before", 3, {{100, 0}, {102, 0}, {103, 1}}, LINLI_E_SIGNATURE},
        {"not by itself", 2, {{100, 0}, {101, 1}}, LINLI_E_SIGNATURE},
        {"by one of its own", 3, {{100, 0}, {101, 1}, {102, 0}}, LINLI_E_SIGNATURE},
        {"its own key twice", 4, {{100, 0}, {101, 1}, {103, 1}, {103, 1}}, LINLI_E_SIGNATURE},
        {"an old key twice", 4, {{100, 0}, {100, 0}, {102, 0}, {103, 1}}, LINLI_E_SIGNATURE},
        {"its own first", 4, {{102, 0}, {103, 1}, {100, 0}, {101, 1}}, LINLI_E_SIGNATURE},
        {"three of its own", 5, {{100, 0}, {101, 1}, {102, 0}, {103, 1}, {104, 2}}, LINLI_E_SIGNATURE},
        {"nobody", 0, {{0, 0}}, LINLI_E_SIGNATURE},
    };
    struct ceremony *c = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        make_signed(&c->next, cases[i].by, cases[i].count, &c->certificate);
        int rv = checked(c, buf_span(&c->certificate));
        if (rv != cases[i].code)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
    }
}

static void a_version_follows_one_that_is_held_and_never_takes_back_the_oldest(void **state)
{
    static const struct signing by[] = {{103, 1}, {104, 2}, {110, 0}};
    struct ceremony *c = *state;
    struct buf certificate = {0};

    c->next.document.oldest = 2;
    make_signed(&c->next, GOOD, 4, &c->certificate);
    assert_ok(checked(c, buf_span(&c->certificate)));
    struct root_version third = draft(&c->root, &c->next.document, 1, 110, 1);
    make_signed(&third, by, 3, &certificate);
    assert_code(checked(c, buf_span(&certificate)), LINLI_E_WAIT);
    c->held[c->held_count++] = c->next.document;
    assert_ok(checked(c, buf_span(&certificate)));
    c->fails = true;
    assert_code(checked(c, buf_span(&certificate)), LINLI_E_DISK);
    c->fails = false;
    third.document.oldest = 1;
    make_signed(&third, by, 3, &certificate);
    assert_code(checked(c, buf_span(&certificate)), LINLI_E_REFUSED);
    /* It names the version before by its id and by its number. */
    third = draft(&c->root, &c->root.first, 1, 110, 1);
    third.head.root_version = 2;
    third.document.version = 3;
    make_signed(&third, (const struct signing[]){{100, 0}, {102, 2}, {110, 0}}, 3, &certificate);
    assert_code(checked(c, buf_span(&certificate)), LINLI_E_SIGNATURE);
    assert_code(root_version_check(&c->root.first, buf_span(&certificate)), LINLI_E_SIGNATURE);
    assert_int_not_equal(root_version_check(&c->root.first, span_of(certificate.at, certificate.size - 1)), LINLI_OK);
    buf_free(&certificate);
}

static void what_no_document_may_say_is_neither_made_nor_read(void **state)
{
    struct ceremony *c = *state;
    struct buf out = {0};

    for (unsigned i = 0; i < 12; i++) {
        struct root_version v = draft(&c->root, &c->root.first, 2, 102, 3);
        switch (i) {
        case 0: v.head.by_root = false; break;
        case 1: v.head.path = path_of("a"); break;
        case 2: v.document.version = 3; break;
        case 3: v.document.oldest = 0; break;
        case 4: v.document.oldest = 3; break;
        case 5: v.document.threshold = 0; break;
        case 6: v.document.threshold = 4; break;
        case 7: memcpy(v.document.keys[2], v.document.keys[0], KEY_BYTES); break;
        case 8: memset(v.document.keys[1], 0, KEY_BYTES); break;
        case 9: v.head.root_version = LIMIT_ROOT_VERSIONS, v.document.version = LIMIT_ROOT_VERSIONS + 1; break;
        case 10: v.document.key_count = 0; break;
        case 11: v.head.root_version = 0, v.document.version = 1; break;
        }
        assert_code(root_version_make(&v, &out), LINLI_E_ARG);
    }
    assert_int_equal(out.size, 0);
}

/* The body with one byte changed, as a draft. */
static int decode_changed(span body, size_t at, uint8_t byte)
{
    struct buf certificate = {0};
    struct statement st;

    write_array(&certificate, 2);
    write_bin(&certificate, body.at, body.size);
    write_bin(&certificate, NULL, 0);
    certificate.at[certificate.size - 2 - body.size + at] = byte;
    int rv = statement_decode(buf_span(&certificate), &st);
    buf_free(&certificate);
    return rv;
}

static void refused(void *ctx, span variant)
{
    struct buf certificate = {0};
    struct statement st;

    (void)ctx;
    write_array(&certificate, 2);
    write_bin(&certificate, variant.at, variant.size);
    write_bin(&certificate, NULL, 0);
    assert_code(statement_decode(buf_span(&certificate), &st), LINLI_E_FORMAT);
    buf_free(&certificate);
}

static struct affirmation affirmation_draft(const struct ceremony *c)
{
    return (struct affirmation){.head = {.by_root = true, .root_version = 1, .issuer = c->root.network, .network = c->root.network}};
}

static linli_hash id_of(int byte)
{
    linli_hash id;

    memset(id.b, byte, sizeof(id.b));
    return id;
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    struct ceremony *c = *state;
    struct affirmation a = affirmation_draft(c), read;
    linli_hash ids[] = {id_of(3), id_of(1), id_of(2)};
    struct root_version version;
    struct buf said = {0};
    struct certified halves;

    assert_ok(affirmation_make(&a, ids, 3, &said));
    const struct buf *const both[] = {&c->certificate, &said};
    for (size_t k = 0; k < 2; k++) {
        for (size_t size = 0; size < both[k]->size; size++) {
            assert_int_not_equal(root_version_decode(span_of(both[k]->at, size), &version), LINLI_OK);
            assert_int_not_equal(affirmation_decode(span_of(both[k]->at, size), &read), LINLI_OK);
        }
        assert_ok(certificate_split(buf_span(both[k]), LIMIT_STATEMENT_BYTES, &halves));
        assert_ok(decode_changed(halves.body, 0, halves.body.at[0]));
        assert_true(widen_each(halves.body, refused, NULL) > 5);
        assert_code(decode_changed(halves.body, 1, k == 0 ? STATEMENT_AFFIRMATION : STATEMENT_ROOT), LINLI_E_FORMAT);
        assert_code(decode_changed(halves.body, 1, 4), LINLI_E_FORMAT);
        assert_code(decode_changed(halves.body, 1, STATEMENT_AFFIRMATION + 1), LINLI_E_VERSION);
        assert_int_not_equal(decode_changed(halves.body, 0, (uint8_t)(halves.body.at[0] + 1)), LINLI_OK);
    }
    assert_ok(certificate_split(buf_span(&c->certificate), LIMIT_STATEMENT_BYTES, &halves));
    assert_code(decode_changed(halves.body, halves.body.size - 1, 3), LINLI_E_FORMAT); /* the oldest is to come */
    assert_ok(certificate_split(buf_span(&said), LIMIT_STATEMENT_BYTES, &halves));
    assert_code(decode_changed(halves.body, halves.body.size - 32, 1), LINLI_E_FORMAT); /* the last id is less than the one before */
    assert_code(decode_changed(halves.body, halves.body.size - 34, 0xc0), LINLI_E_FORMAT);
    assert_code(affirmation_decode(buf_span(&c->certificate), &read), LINLI_E_FORMAT);
    assert_code(root_version_decode(buf_span(&said), &version), LINLI_E_FORMAT);
    buf_free(&said);
}

static void an_affirmation_lists_each_thing_once(void **state)
{
    struct ceremony *c = *state;
    struct affirmation a = affirmation_draft(c), read;
    linli_hash ids[128] = {id_of(3), id_of(1), id_of(2)};
    struct buf out = {0};

    assert_ok(affirmation_make(&a, ids, 3, &out));
    signed_by_root(AFFIRMATION_CONTEXT, GOOD, 2, &out);
    assert_ok(checked(c, buf_span(&out)));
    assert_ok(affirmation_decode(buf_span(&out), &read));
    for (int i = 0; i < 5; i++)
        assert_true(affirmation_lists(&read, &(linli_hash[]){id_of(i)}[0]) == (i >= 1 && i <= 3));
    signed_by_root(AFFIRMATION_CONTEXT, GOOD, 1, &out);
    assert_code(checked(c, buf_span(&out)), LINLI_E_SIGNATURE);
    buf_clear(&out);
    ids[1] = ids[0];
    assert_code(affirmation_make(&a, ids, 3, &out), LINLI_E_ARG);
    assert_code(affirmation_make(&a, ids, 0, &out), LINLI_E_ARG);
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        ids[i] = id_of((int)i);
    assert_code(affirmation_make(&a, ids, COUNT_OF(ids), &out), LINLI_E_LIMIT);
    a.head.path = path_of("a");
    assert_code(affirmation_make(&a, ids, 1, &out), LINLI_E_ARG);
    a = affirmation_draft(c);
    a.head.by_root = false;
    assert_code(affirmation_make(&a, ids, 1, &out), LINLI_E_ARG);
    assert_int_equal(out.size, 0);
    buf_free(&out);
}

/* An affirmation written by hand, of one id. */
enum odd { NOT_ODD, OF_A_DEVICE, OF_A_SCOPE, ISSUER_OF_ONE_ITEM, SIGNED_AS_A_DEVICE, SIGNED_TOO_OFTEN, OF_NOTHING, ODDS };

static int decode_odd(const struct ceremony *c, enum odd odd)
{
    static const uint8_t signatures[(ROOT_SIGNATURES_MAX + 1) * ROOT_SIGNATURE_BYTES];
    static const size_t sizes[ODDS] = {[OF_A_DEVICE] = SIGNATURE_BYTES, [SIGNED_AS_A_DEVICE] = SIGNATURE_BYTES,
                                       [SIGNED_TOO_OFTEN] = sizeof(signatures)};
    struct statement head = affirmation_draft(c).head;
    struct buf body = {0}, certificate = {0};
    struct affirmation a;

    write_array(&body, 7);
    write_uint(&body, STATEMENT_AFFIRMATION);
    write_bin(&body, head.network.b, HASH_BYTES);
    if (odd == ISSUER_OF_ONE_ITEM)
        write_array(&body, 1), write_uint(&body, 1);
    else
        issuer_write(&body, &(struct issuer){odd != OF_A_DEVICE, 1, head.issuer});
    head.path = path_of(odd == OF_A_SCOPE ? "a" : "");
    path_write(&body, &head.path);
    write_uint(&body, 0);
    write_bin(&body, head.salt, sizeof(head.salt));
    write_array(&body, odd != OF_NOTHING);
    if (odd != OF_NOTHING)
        write_bin(&body, id_of(1).b, HASH_BYTES);
    write_array(&certificate, 2);
    write_bin(&certificate, body.at, body.size);
    write_bin(&certificate, signatures, sizes[odd]);
    int rv = affirmation_decode(buf_span(&certificate), &a);
    buf_free(&body);
    buf_free(&certificate);
    return rv;
}

/* Said by a grant's holder, or of one scope: no other decoder takes it, and neither do these. Nor what is of no form. */
static void only_the_root_says_so_and_for_all(void **state)
{
    for (enum odd odd = NOT_ODD; odd < ODDS; odd++)
        assert_code(decode_odd(*state, odd), odd == NOT_ODD ? LINLI_OK : LINLI_E_FORMAT);
}

/* --- what holds and stands --- */

static struct root_version version_of(uint64_t version, int before, int id, uint64_t oldest)
{
    return (struct root_version){.head = {.id = id_of(id), .by_root = true, .root_version = version - 1, .issuer = id_of(before)},
                                 .document = {.id = id_of(id), .version = version, .oldest = oldest}};
}

static bool holds(const struct root_said *said, uint64_t version, int id)
{
    struct succession s;

    succession_find(said, &s);
    return succession_holds(&s, version, &(linli_hash[]){id_of(id)}[0]);
}

/* 1 -> 20 and its rival 10; 20 -> 30; 10 -> 31. */
static void of_two_versions_the_lesser_holds_with_what_follows_it(void **state)
{
    (void)state;
    struct root_version v[] = {version_of(2, 1, 20, 1), version_of(3, 20, 30, 1), version_of(3, 10, 31, 3),
                               version_of(2, 1, 10, 1)};
    struct root_said said = {.versions = v};
    struct succession s;

    assert_true(holds(&said, 1, 1));
    assert_false(holds(&said, 2, 20));
    for (said.version_count = 1; said.version_count <= 4; said.version_count++) {
        bool rival = said.version_count == 4;
        assert_true(holds(&said, 1, 1));
        assert_false(holds(&said, 1, 2));
        assert_true(holds(&said, 2, 20) == !rival);
        assert_true(holds(&said, 2, 10) == rival);
        assert_true(holds(&said, 3, 30) == (said.version_count > 1 && !rival));
        assert_true(holds(&said, 3, 31) == rival);
        assert_false(holds(&said, 4, 30));
        assert_false(holds(&said, 0, 1));
        succession_find(&said, &s);
        assert_int_equal(s.oldest, rival ? 3 : 1);
    }
}

/* Whoever holds fewer of the keys makes as many rivals as he likes, with whatever ids, and a chain behind each. */
static void of_two_versions_that_which_more_keys_sign_holds_whatever_its_id(void **state)
{
    (void)state;
    struct root_version v[] = {version_of(2, 1, 20, 1), version_of(2, 1, 10, 2), version_of(3, 10, 5, 3), version_of(2, 1, 15, 1)};
    struct root_said said = {.versions = v, .version_count = 4};

    v[0].signers = 4;
    v[1].signers = v[3].signers = 3;
    for (unsigned turn = 0; turn < 24; turn++) { /* every order */
        struct root_version swapped = v[turn % 4];
        v[turn % 4] = v[(turn + 1 + turn / 8) % 4];
        v[(turn + 1 + turn / 8) % 4] = swapped;
        assert_true(holds(&said, 2, 20));
        assert_false(holds(&said, 2, 10) || holds(&said, 3, 5) || holds(&said, 2, 15));
    }
}

static void a_version_is_signed_by_as_many_as_it_says_and_says_only_more_than_is_asked(void **state)
{
    static const struct {
        unsigned signers;
        size_t count;
        struct signing by[6];
        int code;
    } cases[] = {
        {3, 5, {{100, 0}, {101, 1}, {102, 2}, {103, 1}, {104, 2}}, LINLI_OK},
        {3, 4, {{100, 0}, {102, 2}, {103, 1}, {104, 2}}, LINLI_E_SIGNATURE},
        {0, 5, {{100, 0}, {101, 1}, {102, 2}, {103, 1}, {104, 2}}, LINLI_E_SIGNATURE},
        {2, 4, {{100, 0}, {102, 2}, {103, 1}, {104, 2}}, LINLI_E_REFUSED},
        {4, 6, {{100, 0}, {101, 1}, {102, 2}, {102, 2}, {103, 1}, {104, 2}}, LINLI_E_SIGNATURE},
    };
    struct ceremony *c = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        c->next.signers = cases[i].signers;
        make_signed(&c->next, cases[i].by, cases[i].count, &c->certificate);
        assert_int_equal(c->next.signers, cases[i].signers);
        int rv = checked(c, buf_span(&c->certificate));
        if (rv != cases[i].code)
            fail_msg("case %zu: %s", i, linli_code_name(rv));
    }
    c->next.signers = ROOT_KEYS_MAX + 1;
    buf_clear(&c->certificate);
    assert_code(root_version_make(&c->next, &c->certificate), LINLI_E_ARG);
}

/* Who says how many signed it says that somebody did. */
static void a_version_that_says_that_nobody_signed_is_none(void **state)
{
    struct ceremony *c = *state;
    struct buf other = {0};
    struct root_version read;
    size_t at = 0;

    c->next.signers = 7;
    make_signed(&c->next, GOOD, COUNT_OF(GOOD), &c->certificate);
    c->next.signers = 6;
    make_signed(&c->next, GOOD, COUNT_OF(GOOD), &other);
    while (c->certificate.at[at] == other.at[at]) /* up to that number */
        at++;
    assert_int_equal(c->certificate.at[at], 7);
    c->certificate.at[at] = 0;
    assert_code(root_version_decode(buf_span(&c->certificate), &read), LINLI_E_FORMAT);
    buf_free(&other);
}

static void what_was_said_under_older_versions_stands_when_it_is_affirmed(void **state)
{
    struct ceremony *c = *state;
    struct root_version v[] = {version_of(2, 1, 20, 1), version_of(3, 20, 30, 3), version_of(2, 1, 25, 2)};
    struct affirmation a[4];
    struct buf bytes[4] = {{0}};
    struct root_said said = {v, 3, a, 0};
    struct succession s;
    static const struct {
        uint64_t version;
        int document, lists;
        bool counts;
    } under[] = {{2, 20, 5, false}, {3, 31, 6, false}, {3, 30, 7, true}, {3, 30, 8, true}};

    for (size_t i = 0; i < 4; i++) {
        linli_hash ids[] = {id_of(under[i].lists)};
        a[i] = affirmation_draft(c);
        a[i].head.root_version = under[i].version;
        a[i].head.issuer = id_of(under[i].document);
        assert_ok(affirmation_make(&a[i], ids, 1, &bytes[i]));
        assert_ok(affirmation_decode(buf_span(&bytes[i]), &a[i]));
    }
    for (said.affirmation_count = 0; said.affirmation_count <= 4; said.affirmation_count++) {
        succession_find(&said, &s);
        assert_true(succession_stands(&s, 3, &(linli_hash[]){id_of(30)}[0], &(linli_hash[]){id_of(9)}[0]));
        assert_false(succession_stands(&s, 2, &(linli_hash[]){id_of(25)}[0], &(linli_hash[]){id_of(7)}[0])); /* a rival's */
        for (size_t i = 0; i < 4; i++)
            assert_true(succession_stands(&s, 1 + i % 2, &(linli_hash[]){id_of(i % 2 == 0 ? 1 : 20)}[0],
                                          &(linli_hash[]){id_of(under[i].lists)}[0]) ==
                        (under[i].counts && i < said.affirmation_count));
    }
    for (size_t i = 0; i < 4; i++)
        buf_free(&bytes[i]);
}

/* --- memory --- */

static int make(void *ctx)
{
    struct ceremony *c = ctx;
    struct root_version v = draft(&c->root, &c->root.first, 2, 102, 3);
    struct affirmation a = affirmation_draft(c);
    linli_hash ids[] = {id_of(1)};
    struct buf out = {0};
    int rv = root_version_make(&v, &out);

    if (rv == LINLI_OK)
        rv = affirmation_make(&a, ids, 1, &out);
    buf_free(&out);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    assert_true(heap_each_failure(make, *state) > 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_version_comes_back_as_it_was_made),
        CASE(a_version_is_signed_by_enough_keys_of_the_one_before_and_of_itself),
        CASE(a_version_follows_one_that_is_held_and_never_takes_back_the_oldest),
        CASE(what_no_document_may_say_is_neither_made_nor_read),
        CASE(nothing_but_the_one_encoding_is_accepted),
        CASE(an_affirmation_lists_each_thing_once),
        CASE(only_the_root_says_so_and_for_all),
        CASE(of_two_versions_the_lesser_holds_with_what_follows_it),
        CASE(of_two_versions_that_which_more_keys_sign_holds_whatever_its_id),
        CASE(a_version_is_signed_by_as_many_as_it_says_and_says_only_more_than_is_asked),
        CASE(a_version_that_says_that_nobody_signed_is_none),
        CASE(what_was_said_under_older_versions_stands_when_it_is_affirmed),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
