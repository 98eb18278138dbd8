/* tests: statements about grants: nothing in one can be changed, each has one encoding, and only who may manage says one. */
#include "unit.h"

#include "../changeset/widen.h"
#include "auth/certificate.h"
#include "auth/statement.h"
#include "codec/reader.h"
#include "codec/writer.h"
#include "people.h"

enum { ROWS = 5, MANY = 40 };

struct office {
    struct buf root_file, above_certificate, certificate, ruled;
    struct root root;
    struct person office, device, other;
    struct held held;
    struct grant above;
    struct grant_source source;
    struct revocation revocation;
    struct ruling ruling;
};

static linli_id id_of(int byte)
{
    linli_id id;

    memset(id.b, byte, sizeof(id.b));
    return id;
}

static linli_hash hash_of(int byte)
{
    linli_hash hash;

    memset(hash.b, byte, sizeof(hash.b));
    return hash;
}

static struct statement head_of(const struct office *o)
{
    struct statement head = {.issuer = o->above.id, .network = o->root.network, .path = path_of("a"), .issued_ms = 1700000002000U};

    memset(head.salt, 0x68, sizeof(head.salt));
    return head;
}

static int revoke_with(const struct office *o, struct revocation *r, const struct person *signer, struct buf *out)
{
    struct cut_row cuts[ROWS];
    linli_hash kept[ROWS];

    for (int i = 0; i < ROWS; i++) { /* not in order: making one sorts them */
        cuts[i] = (struct cut_row){id_of(i % 2 == 0 ? 9 : 8), (uint64_t)(ROWS - i), (uint64_t)(10 * i), hash_of(i)};
        kept[i] = hash_of(50 - i);
    }
    r->act = id_of(3);
    r->page = 2;
    r->pages = 3;
    r->reason = REASON_LOST;
    r->strict = r->admits = true;
    r->admitted = hash_of(4);
    memcpy(r->device, o->device.key, KEY_BYTES);
    return revocation_make(signer->secret, r, cuts, ROWS, kept, ROWS, out);
}

static int rule_with(const struct office *o, struct ruling *r, const struct person *signer, struct buf *out)
{
    struct ruling_item items[ROWS];

    for (int i = 0; i < ROWS; i++)
        items[i] = (struct ruling_item){(uint64_t)(i < 3 ? 7 : 6), (uint32_t)(ROWS - i), hash_of(i)};
    r->scope = id_of(9);
    memcpy(r->author.key, o->device.key, KEY_BYTES);
    r->author.incarnation = 77;
    r->adopt = true;
    return ruling_make(signer->secret, r, items, ROWS, out);
}

static int start(void **state)
{
    static struct office o;
    struct person root_key = person(100);

    o = (struct office){0};
    o.root = people_root(1, 2, &o.root_file);
    o.office = person(1);
    o.device = person(2);
    o.other = person(3);
    o.source = (struct grant_source){held_find, &o.held, NULL};
    o.above = grant_draft(&o.root, NULL, &o.office, "a", RIGHT_ALL, 0);
    if (grant_issue(&o.root, &root_key, &o.above, &o.held, &o.above_certificate) != 0)
        return -1;
    o.held.grants[o.held.count++] = o.above;
    o.revocation.head = o.ruling.head = head_of(&o);
    *state = &o;
    return revoke_with(&o, &o.revocation, &o.office, &o.certificate) == LINLI_OK &&
                   rule_with(&o, &o.ruling, &o.office, &o.ruled) == LINLI_OK
               ? 0
               : -1;
}

static int stop(void **state)
{
    struct office *o = *state;

    buf_free(&o->root_file);
    buf_free(&o->above_certificate);
    buf_free(&o->certificate);
    buf_free(&o->ruled);
    return 0;
}

static void a_revocation_decodes_to_what_was_said(void **state)
{
    struct office *o = *state;
    struct revocation r;
    struct cut_row cut;
    struct statement st;

    assert_ok(revocation_decode(buf_span(&o->certificate), &r));
    assert_true(hash_equal(&r.head.id, &o->revocation.head.id));
    assert_true(id_equal(&r.head.scope, &o->above.scope));
    assert_true(hash_equal(&r.head.issuer, &o->above.id));
    assert_int_equal(r.head.kind, STATEMENT_REVOCATION);
    assert_int_equal(r.head.issued_ms, 1700000002000U);
    assert_memory_equal(r.device, o->device.key, KEY_BYTES);
    assert_int_equal(r.reason, REASON_LOST);
    assert_true(r.page == 2 && r.pages == 3);
    assert_true(r.strict && r.admits && r.admitted.b[5] == 4 && r.act.b[0] == 3);
    assert_true(revocation_cut(&r, &(linli_id){{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}}, 3, &cut));
    assert_int_equal(cut.seq, 20);
    assert_int_equal(cut.id.b[0], 2);
    linli_id eight = id_of(8), nine = id_of(9);
    assert_true(revocation_cut(&r, &eight, 4, &cut) && cut.seq == 10);
    assert_false(revocation_cut(&r, &eight, 3, &cut)); /* that incarnation, in the other scope */
    assert_false(revocation_cut(&r, &nine, 4, &cut));
    assert_true(revocation_closes(&r, 4));
    assert_false(revocation_closes(&r, 6));
    linli_hash kept = hash_of(48), not_kept = hash_of(45);
    assert_true(revocation_keeps(&r, &kept));
    assert_false(revocation_keeps(&r, &not_kept));
    assert_ok(statement_decode(buf_span(&o->certificate), &st));
    assert_true(hash_equal(&st.id, &r.head.id));
    linli_id record;
    statement_record_id(&st.id, &record);
    assert_int_equal(record.b[0], st.id.b[0] | 1);
    assert_memory_equal(record.b + 1, st.id.b + 1, ID_BYTES - 1);
    struct ruling ruling;
    assert_code(ruling_decode(buf_span(&o->certificate), &ruling), LINLI_E_FORMAT);
}

static void a_ruling_decodes_to_what_was_said(void **state)
{
    struct office *o = *state;
    struct ruling r;
    struct ruling_item item;

    assert_ok(ruling_decode(buf_span(&o->ruled), &r));
    assert_true(hash_equal(&r.head.id, &o->ruling.head.id) && !hash_equal(&r.head.id, &o->revocation.head.id));
    assert_int_equal(r.scope.b[1], 9);
    assert_int_equal(r.author.incarnation, 77);
    assert_memory_equal(r.author.key, o->device.key, KEY_BYTES);
    assert_true(r.adopt);
    linli_hash two = hash_of(2), four = hash_of(4);
    assert_true(ruling_lists(&r, 7, 3, &two));
    assert_false(ruling_lists(&r, 7, 3, &four)); /* another changeset of that dot */
    assert_false(ruling_lists(&r, 6, 3, &two));
    assert_false(ruling_lists(&r, 7, 2, &two));
    assert_true(ruling_item(&r, 0, &item) && item.seq == 6 && item.part == 1 && item.id.b[0] == 4);
    assert_true(ruling_item(&r, ROWS - 1, &item) && item.seq == 7 && item.part == 5);
    assert_false(ruling_item(&r, ROWS, &item));
    struct revocation revocation;
    assert_code(revocation_decode(buf_span(&o->ruled), &revocation), LINLI_E_FORMAT);
}

static void a_byte_turned_is_refused(void **state)
{
    struct office *o = *state;
    struct buf *const both[] = {&o->certificate, &o->ruled};

    for (size_t k = 0; k < 2; k++) {
        assert_ok(statement_check(&o->root, buf_span(both[k]), &o->source));
        for (size_t i = 0; i < both[k]->size; i++) {
            both[k]->at[i] ^= (uint8_t)(1 << i % 8);
            assert_int_not_equal(statement_check(&o->root, buf_span(both[k]), &o->source), LINLI_OK);
            both[k]->at[i] ^= (uint8_t)(1 << i % 8);
        }
    }
}

static void only_who_may_manage_there_says_one(void **state)
{
    struct office *o = *state;
    struct person root_key = person(100);
    struct buf certificate = {0}, out = {0};
    struct revocation r = {.head = head_of(o)};

    /* A viewer's, and one of the scope beside. */
    struct grant viewer = grant_draft(&o->root, NULL, &o->other, "a", RIGHT_READ, 0);
    struct grant beside = grant_draft(&o->root, NULL, &o->other, "b", RIGHT_ALL, 0);
    assert_ok(grant_issue(&o->root, &root_key, &viewer, &o->held, &certificate));
    o->held.grants[o->held.count++] = viewer;
    assert_ok(grant_issue(&o->root, &root_key, &beside, &o->held, &certificate));
    o->held.grants[o->held.count++] = beside;
    r.head.issuer = viewer.id;
    assert_ok(revoke_with(o, &r, &o->other, &out));
    assert_code(statement_check(&o->root, buf_span(&out), &o->source), LINLI_E_REFUSED);
    buf_clear(&out);
    r.head.issuer = beside.id;
    assert_ok(revoke_with(o, &r, &o->other, &out));
    assert_code(statement_check(&o->root, buf_span(&out), &o->source), LINLI_E_REFUSED);
    /* Somebody else's key; an issuer that is not held; another network. */
    buf_clear(&out);
    r.head = head_of(o);
    assert_ok(revoke_with(o, &r, &o->other, &out));
    assert_code(statement_check(&o->root, buf_span(&out), &o->source), LINLI_E_SIGNATURE);
    buf_clear(&out);
    r.head.issuer.b[0] ^= 1;
    assert_ok(revoke_with(o, &r, &o->office, &out));
    assert_code(statement_check(&o->root, buf_span(&out), &o->source), LINLI_E_WAIT);
    buf_clear(&out);
    r.head = head_of(o);
    r.head.network.b[0] ^= 1;
    assert_ok(revoke_with(o, &r, &o->office, &out));
    assert_code(statement_check(&o->root, buf_span(&out), &o->source), LINLI_E_NETWORK);
    /* The root says it, with a key of the document that it names. */
    for (unsigned key = 0; key < 2; key++) {
        buf_clear(&out);
        r.head = head_of(o);
        r.head.by_root = true;
        r.head.root_version = 1;
        r.head.issuer = o->root.first.id;
        assert_ok(revoke_with(o, &r, key == 0 ? &root_key : &o->office, &out));
        assert_code(statement_check(&o->root, buf_span(&out), &o->source), key == 0 ? LINLI_OK : LINLI_E_SIGNATURE);
    }
    buf_free(&certificate);
    buf_free(&out);
}

/* --- form --- */

static int decode_body(span body)
{
    static const uint8_t signature[SIGNATURE_BYTES];
    struct buf certificate = {0};
    struct statement st;

    write_array(&certificate, 2);
    write_bin(&certificate, body.at, body.size);
    write_bin(&certificate, signature, sizeof(signature));
    int rv = statement_decode(buf_span(&certificate), &st);
    buf_free(&certificate);
    return rv;
}

static void body_refused(void *ctx, span variant)
{
    (void)ctx;
    assert_code(decode_body(variant), LINLI_E_FORMAT);
}

static span body_of(const struct buf *certificate)
{
    struct reader r;

    reader_start(&r, buf_span(certificate));
    reader_array(&r, 2);
    return reader_bin(&r, LIMIT_STATEMENT_BYTES);
}

static void nothing_but_the_one_encoding_is_accepted(void **state)
{
    struct office *o = *state;
    const struct buf *const both[] = {&o->certificate, &o->ruled};

    for (size_t k = 0; k < 2; k++) {
        span body = body_of(both[k]);
        struct statement st;
        struct revocation revocation;
        struct ruling ruling;
        for (size_t size = 0; size < both[k]->size; size++) {
            span part = span_of(both[k]->at, size);
            assert_int_not_equal(statement_decode(part, &st), LINLI_OK);
            assert_int_not_equal(revocation_decode(part, &revocation), LINLI_OK);
            assert_int_not_equal(ruling_decode(part, &ruling), LINLI_OK);
        }
        assert_ok(decode_body(body));
        assert_true(widen_each(body, body_refused, NULL) >= 20);
        uint8_t copy[LIMIT_STATEMENT_BYTES];
        memcpy(copy, body.at, body.size);
        copy[1] = 9; /* a kind of a newer version */
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_VERSION);
        copy[1] = 1; /* a grant's */
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
        copy[1] = k == 0 ? STATEMENT_RULING : STATEMENT_REVOCATION;
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    }
    static const uint8_t few[] = {0x92, 2, 0xc0};
    assert_code(decode_body(span_of(few, sizeof(few))), LINLI_E_FORMAT);
    assert_code(decode_body(span_of("\x02", 1)), LINLI_E_FORMAT); /* no array */
    assert_int_equal(certificate_kind(buf_span(&o->certificate)), STATEMENT_REVOCATION);
    assert_int_equal(certificate_kind(buf_span(&o->ruled)), STATEMENT_RULING);
    assert_int_equal(certificate_kind(buf_span(&o->above_certificate)), STATEMENT_GRANT);
    assert_int_equal(certificate_kind((span){NULL, 0}), 0);
    linli_hash issuer;
    assert_true(certificate_issuer(buf_span(&o->certificate), &issuer));
    assert_false(certificate_issuer((span){NULL, 0}, &issuer));
    for (unsigned kind = 0; kind <= STATEMENT_AFFIRMATION; kind++)
        assert_int_equal(statement_pooled(kind),
                         kind == STATEMENT_REVOCATION || kind == STATEMENT_RULING || kind == STATEMENT_ERASURE);
}

/* Page 2 of 3, as it is made here, changed to what no act has. */
static void a_page_that_no_act_has_is_refused(void **state)
{
    struct office *o = *state;
    span body = body_of(&o->certificate);
    uint8_t copy[LIMIT_STATEMENT_BYTES];
    struct reader r;
    static const uint8_t wrong[][2] = {{0, 3}, {4, 3}, {0, 0}, {2, REVOCATION_PAGES_MAX + 1}};

    reader_start(&r, body);
    reader_array(&r, 32);
    for (unsigned i = 0; i < 7; i++)
        reader_skip(&r);
    size_t at = (size_t)(reader_item(&r).at - body.at);
    assert_true(body.at[at] == 2 && body.at[at + 1] == 3);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        memcpy(copy, body.at, body.size);
        memcpy(copy + at, wrong[i], 2);
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    }
}

/* What the issuer says when its term, or that of one above it, is over counts no more; its own date is what is asked. */
static void what_is_said_after_the_issuers_term_is_refused(void **state)
{
    struct office *o = *state;
    struct person root_key = person(100);
    struct buf out = {0}, certificate = {0};
    struct revocation r = {.head = head_of(o)};
    uint64_t end_ms = r.head.issued_ms;

    for (int over = 0; over <= 1; over++) {
        struct grant deputy = grant_draft(&o->root, &o->above, &o->other, "a", RIGHT_ALL, 0);
        o->held.count = 0;
        o->above.expires_ms = end_ms + 1 - (uint64_t)over;
        assert_ok(grant_issue(&o->root, &root_key, &o->above, &o->held, &o->above_certificate));
        o->held.grants[o->held.count++] = o->above;
        deputy.issuer = o->above.id;
        assert_ok(grant_issue(&o->root, &o->office, &deputy, &o->held, &certificate));
        o->held.grants[o->held.count++] = deputy;
        const struct person *const signers[] = {&o->office, &o->other};
        for (size_t i = 0; i < COUNT_OF(signers); i++) {
            buf_clear(&out);
            r.head.issuer = o->held.grants[i].id;
            assert_ok(revoke_with(o, &r, signers[i], &out));
            assert_code(statement_check(&o->root, buf_span(&out), &o->source), over ? LINLI_E_REFUSED : LINLI_OK);
        }
    }
    buf_free(&certificate);
    buf_free(&out);
}

/* Rows stand in their order, each once: two of them changed about, or one twice, are another encoding. */
static void what_is_said_under_a_broken_chain_waits(void **state)
{
    struct office *o = *state;

    o->held.grants[0].by_root = false;
    o->held.grants[0].issuer = hash_of(77);
    assert_code(statement_check(&o->root, buf_span(&o->certificate), &o->source), LINLI_E_WAIT);
}

static void rows_out_of_order_are_refused(void **state)
{
    struct office *o = *state;
    uint8_t copy[LIMIT_STATEMENT_BYTES], row[128];
    struct revocation r;
    struct ruling ruled;
    struct reader rows;

    span body = body_of(&o->certificate);
    assert_ok(revocation_decode(buf_span(&o->certificate), &r));
    const span arrays[] = {r.cuts, r.kept};
    for (size_t k = 0; k < 2; k++) {
        memcpy(copy, body.at, body.size);
        reader_start(&rows, arrays[k]);
        reader_array(&rows, ROWS);
        span first = reader_item(&rows), second = reader_item(&rows);
        assert_int_equal(first.size, second.size);
        size_t at = (size_t)(first.at - body.at);
        memcpy(row, first.at, first.size);
        memcpy(copy + at, second.at, second.size);
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT); /* one twice */
        memcpy(copy + at + second.size, row, first.size);
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
        memset(copy + at, 0xc0, 1); /* no row at all */
        assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    }
    body = body_of(&o->ruled);
    assert_ok(ruling_decode(buf_span(&o->ruled), &ruled));
    memcpy(copy, body.at, body.size);
    reader_start(&rows, ruled.items);
    reader_array(&rows, ROWS);
    span first = reader_item(&rows), second = reader_item(&rows);
    memcpy(row, first.at, first.size);
    memcpy(copy + (first.at - body.at), second.at, second.size);
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    memcpy(copy + (second.at - body.at), row, first.size);
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    copy[first.at - body.at] = 0xc0;
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
}

/* Two fields joined to one item, so that all before and behind stays what it is. */
static void rows_of_too_few_fields_are_refused(void **state)
{
    struct office *o = *state;
    uint8_t copy[LIMIT_STATEMENT_BYTES];
    struct revocation r;
    struct ruling ruled;

    span body = body_of(&o->certificate);
    assert_ok(revocation_decode(buf_span(&o->certificate), &r));
    memcpy(copy, body.at, body.size);
    uint8_t *row = copy + (r.cuts.at - body.at) + 1;
    row[0]--;
    row[2] = (uint8_t)(row[2] + 2 + 8); /* the incarnation with its head goes into the scope */
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
    body = body_of(&o->ruled);
    assert_ok(ruling_decode(buf_span(&o->ruled), &ruled));
    memcpy(copy, body.at, body.size);
    row = copy + (ruled.items.at - body.at) + 1;
    row[0]--;
    row[1] = 0xcc; /* seq and part, a byte each, become one number */
    row[2] = 0x80;
    assert_code(decode_body(span_of(copy, body.size)), LINLI_E_FORMAT);
}

static void what_no_statement_may_hold_is_not_signed(void **state)
{
    struct office *o = *state;
    struct buf out = {0};
    struct cut_row cuts[100] = {{.seq = 1}, {.seq = 2}};
    linli_hash kept[200] = {{{0}}};
    struct ruling_item items[200] = {{.seq = 1}};
    struct revocation r = {.head = head_of(o), .page = 1, .pages = 1};
    struct ruling ruled = {.head = head_of(o)};
    static const unsigned pages[][2] = {{0, 1}, {2, 1}, {0, 0}, {1, REVOCATION_PAGES_MAX + 1}};

    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        struct revocation page = {.head = head_of(o), .page = pages[i][0], .pages = pages[i][1]};
        assert_code(revocation_make(o->office.secret, &page, NULL, 0, NULL, 0, &out), LINLI_E_ARG);
    }
    assert_code(revocation_make(o->office.secret, &r, cuts, 2, NULL, 0, &out), LINLI_E_ARG); /* one log twice */
    assert_code(revocation_make(o->office.secret, &r, NULL, 0, kept, 2, &out), LINLI_E_ARG);
    r.reason = 256;
    assert_code(revocation_make(o->office.secret, &r, NULL, 0, NULL, 0, &out), LINLI_E_ARG);
    r.reason = 0;
    for (uint64_t i = 0; i < 100; i++)
        cuts[i] = (struct cut_row){.incarnation = i};
    assert_code(revocation_make(o->office.secret, &r, cuts, 100, NULL, 0, &out), LINLI_E_LIMIT);
    size_t most = 0;
    for (size_t n = 1; n < 100; n++) { /* up to the last that fits, and not one byte over */
        buf_clear(&out);
        int rv = revocation_make(o->office.secret, &r, cuts, n, NULL, 0, &out);
        assert_true(rv == LINLI_OK ? most + 1 == n && out.size <= LIMIT_STATEMENT_BYTES : rv == LINLI_E_LIMIT && out.size == 0);
        most = rv == LINLI_OK ? n : most;
    }
    assert_true(most >= 40);
    buf_clear(&out);
    items[1] = items[0];
    assert_code(ruling_make(o->office.secret, &ruled, items, 2, &out), LINLI_E_ARG);
    for (uint32_t i = 0; i < 200; i++)
        items[i] = (struct ruling_item){.seq = 1, .part = i};
    assert_code(ruling_make(o->office.secret, &ruled, items, 200, &out), LINLI_E_LIMIT);
    assert_int_equal(out.size, 0);
    items[1].part = 0;
    items[1].id.b[0] = 1; /* one dot, two changesets: of a fork, both may be spoken of */
    assert_ok(ruling_make(o->office.secret, &ruled, items, 2, &out));
    buf_free(&out);
}

/* --- grants that come after an act --- */

static void a_grant_names_the_acts_that_it_supersedes(void **state)
{
    struct office *o = *state;
    struct buf out = {0};
    struct grant g = grant_draft(&o->root, &o->above, &o->device, "a", RIGHT_READ, 0), back;

    g.after_count = 2;
    g.after[0] = id_of(1);
    g.after[1] = id_of(2);
    assert_ok(grant_make(o->office.secret, &g, &out));
    assert_ok(grant_decode(buf_span(&out), &back));
    assert_int_equal(back.after_count, 2);
    assert_true(id_equal(&back.after[1], &g.after[1]));
    static const int wrong[][2] = {{2, 1}, {1, 1}};
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&out);
        g.after[0] = id_of(wrong[i][0]);
        g.after[1] = id_of(wrong[i][1]);
        assert_ok(grant_make(o->office.secret, &g, &out));
        assert_code(grant_decode(buf_span(&out), &back), LINLI_E_FORMAT);
    }
    buf_clear(&out);
    g.after_count = AFTER_MAX + 1;
    assert_code(grant_make(o->office.secret, &g, &out), LINLI_E_ARG);
    buf_free(&out);
}

static int make(void *ctx)
{
    struct office *o = ctx;
    struct revocation r = {.head = head_of(o)};
    struct ruling ruled = {.head = head_of(o)};
    struct buf out = {0};
    linli_hash many[MANY];
    int rv = revoke_with(o, &r, &o->office, &out);

    if (rv == LINLI_OK)
        rv = rule_with(o, &ruled, &o->office, &out);
    for (int i = 0; i < MANY; i++)
        many[i] = hash_of(i);
    r.page = r.pages = 1;
    if (rv == LINLI_OK) /* so long that it takes memory to sign */
        rv = revocation_make(o->office.secret, &r, NULL, 0, many, MANY, &out);
    buf_free(&out);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    assert_true(heap_each_failure(make, *state) > 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(a_revocation_decodes_to_what_was_said),
        CASE(a_ruling_decodes_to_what_was_said),
        CASE(a_byte_turned_is_refused),
        CASE(only_who_may_manage_there_says_one),
        CASE(nothing_but_the_one_encoding_is_accepted),
        CASE(a_page_that_no_act_has_is_refused),
        CASE(what_is_said_after_the_issuers_term_is_refused),
        CASE(what_is_said_under_a_broken_chain_waits),
        CASE(rows_out_of_order_are_refused),
        CASE(rows_of_too_few_fields_are_refused),
        CASE(what_no_statement_may_hold_is_not_signed),
        CASE(a_grant_names_the_acts_that_it_supersedes),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
