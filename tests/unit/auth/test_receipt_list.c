/* tests: what a receipt lists: each entry can be shown, nothing else can, and receipts with entries are read and compared as such. */
#include "unit.h"

#include "auth/receipt.h"
#include "codec/writer.h"
#include "people.h"

static struct receipt_element entry(unsigned i, bool subtree, uint64_t weight)
{
    struct receipt_element e = {.scope = {{(uint8_t)(i >> 8), (uint8_t)i}}, .subtree = subtree, .statements = i, .weight = weight};

    e.digest.b[0] = (uint8_t)weight;
    return e;
}

/* So many scopes, the last first, each alone and with what is below it. */
static void rows_of(unsigned scopes, struct buf *rows)
{
    for (unsigned i = scopes; i-- > 0;)
        for (unsigned subtree = 0; subtree < 2; subtree++) {
            struct receipt_element e = entry(i, subtree != 0, i + subtree);
            assert_ok(list_add(rows, &e));
        }
    list_sort(rows);
}

static bool leads_to(const struct list_entry *e, const linli_hash *top)
{
    linli_hash found;

    list_entry_top(e, &found);
    return hash_equal(&found, top);
}

static void each_entry_of_a_list_of_any_length_leads_to_its_top(void **state)
{
    static const unsigned lengths[] = {1, 2, 3, 5, 8, 13, 64, 100, LIST_ROWS_MAX / 2};
    uint8_t path[LIST_PATH_BYTES_MAX];

    (void)state;
    for (size_t k = 0; k < COUNT_OF(lengths); k++) {
        struct buf rows = {0};
        struct list_tree tree;
        struct list_entry e;
        rows_of(lengths[k], &rows);
        assert_ok(list_tree_make(buf_span(&rows), &tree));
        assert_int_equal(tree.rows, 2 * lengths[k]);
        for (size_t i = 0; i < tree.rows; i++) {
            list_entry_make(&tree, buf_span(&rows), i, path, &e);
            assert_true(leads_to(&e, list_tree_top(&tree)));
        }
        list_tree_free(&tree);
        buf_free(&rows);
    }
}

static void nothing_else_leads_there(void **state)
{
    uint8_t path[LIST_PATH_BYTES_MAX];
    struct buf rows = {0};
    struct list_tree tree;
    struct list_entry e;

    (void)state;
    rows_of(11, &rows);
    assert_ok(list_tree_make(buf_span(&rows), &tree));
    for (size_t i = 0; i < tree.rows; i++) {
        list_entry_make(&tree, buf_span(&rows), i, path, &e);
        for (int what = 0; what < 7; what++) {
            struct list_entry other = e;
            other.element.scope.b[15] ^= what == 0;
            other.element.subtree ^= what == 1;
            other.element.digest.b[31] ^= what == 2;
            other.element.statements += what == 3;
            other.element.weight += what == 4;
            other.lefts ^= what == 5;
            other.path.size -= what == 6 ? HASH_BYTES : 0;
            assert_false(leads_to(&other, list_tree_top(&tree)));
        }
        for (size_t k = 0; k < e.path.size; k++) {
            path[k] ^= 1;
            assert_false(leads_to(&e, list_tree_top(&tree)));
            path[k] ^= 1;
        }
    }
    list_tree_free(&tree);
    buf_free(&rows);
}

static void a_list_is_in_order_and_says_nothing_twice(void **state)
{
    struct buf once = {0}, twice = {0};
    struct receipt_element found;
    size_t row;

    (void)state;
    rows_of(7, &once);
    rows_of(3, &twice);
    rows_of(7, &twice);
    assert_true(span_equal(buf_span(&once), buf_span(&twice)));
    for (unsigned i = 0; i < 7; i++) {
        struct receipt_element e = entry(i, true, i + 1);
        assert_true(list_find(buf_span(&once), &e.scope, true, &row, &found));
        assert_true(row == 2 * i + 1 && found.weight == i + 1 && hash_equal(&found.digest, &e.digest));
    }
    assert_false(list_find(buf_span(&once), &(linli_id){{9}}, true, &row, &found));
    assert_false(list_find((span){NULL, 0}, &found.scope, true, &row, &found));
    buf_free(&once);
    buf_free(&twice);
}

static void nothing_is_no_list(void **state)
{
    struct list_tree tree;

    (void)state;
    assert_code(list_tree_make((span){NULL, 0}, &tree), LINLI_E_ARG);
    list_tree_free(&tree);
}

/* --- receipts with entries --- */

struct told {
    struct buf certificate, rows;
    struct list_tree tree;
    struct receipt receipt;
};

/* A receipt for scope 0 with what is below it, of a list of so many scopes. */
static void told_start(struct told *t, unsigned scopes, uint64_t number)
{
    struct person node = person(7);
    struct receipt r = {.incarnation = 5, .mark = {.opened = 10, .run = 3, .number = number}, .issued_ms = 1700000003000U, .lists = true};
    struct receipt_element whole = entry(0, true, 1);

    *t = (struct told){.receipt = {.lists = false}};
    rows_of(scopes, &t->rows);
    assert_ok(list_tree_make(buf_span(&t->rows), &t->tree));
    r.list = *list_tree_top(&t->tree);
    memcpy(r.node, node.key, KEY_BYTES);
    assert_ok(receipt_make(node.secret, &r, &whole, 1, &t->certificate));
    assert_ok(receipt_decode(buf_span(&t->certificate), &t->receipt));
    assert_true(t->receipt.lists && hash_equal(&t->receipt.list, &r.list));
}

static void told_end(struct told *t)
{
    buf_free(&t->certificate);
    buf_free(&t->rows);
    list_tree_free(&t->tree);
}

/* These rows of its list go with it. */
static void told_with(const struct told *t, const size_t *rows, size_t count, struct buf *out)
{
    uint8_t path[LIST_PATH_BYTES_MAX];
    struct list_entry e;

    write_array(out, 2);
    write_bin(out, t->certificate.at, t->certificate.size);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        list_entry_make(&t->tree, buf_span(&t->rows), rows[i], path, &e);
        list_entry_write(&e, out);
    }
}

static int read_with(const struct told *t, const size_t *rows, size_t count)
{
    struct buf bytes = {0};
    struct receipt r;

    told_with(t, rows, count, &bytes);
    int rv = receipt_told_decode(buf_span(&bytes), &r);
    if (rv == LINLI_OK)
        rv = receipt_verify(&r);
    buf_free(&bytes);
    return rv;
}

static void entries_rise_and_say_what_no_element_says(void **state)
{
    size_t many[RECEIPT_ENTRIES_MAX + 1];
    struct told t;

    (void)state;
    for (size_t i = 0; i <= RECEIPT_ENTRIES_MAX; i++)
        many[i] = i + 2;
    told_start(&t, 40, 12);
    assert_ok(read_with(&t, (size_t[]){0, 2, 7}, 3));
    assert_code(read_with(&t, (size_t[]){2, 0}, 2), LINLI_E_FORMAT);
    assert_code(read_with(&t, (size_t[]){2, 2}, 2), LINLI_E_FORMAT);
    assert_code(read_with(&t, (size_t[]){1}, 1), LINLI_E_FORMAT); /* scope 0 with what is below it: its element says so */
    assert_code(read_with(&t, NULL, 0), LINLI_E_FORMAT);
    assert_ok(read_with(&t, many, RECEIPT_ENTRIES_MAX));
    assert_true(read_with(&t, many, RECEIPT_ENTRIES_MAX + 1) != LINLI_OK);
    told_end(&t);
}

static void the_largest_told_fits(void **state)
{
    struct receipt r = {.mark = {UINT64_MAX, UINT64_MAX, UINT64_MAX}, .issued_ms = UINT64_MAX, .lists = true};
    struct receipt_element many[RECEIPT_ELEMENTS_MAX];
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    static uint8_t path[LIST_PATH_BYTES_MAX];
    struct buf certificate = {0}, with = {0}, told = {0};

    (void)state;
    for (unsigned i = 0; i < RECEIPT_ELEMENTS_MAX; i++) {
        many[i] = entry(i, true, UINT64_MAX);
        many[i].statements = UINT64_MAX;
    }
    assert_ok(receipt_make(person(7).secret, &r, many, RECEIPT_ELEMENTS_MAX, &certificate));
    for (unsigned i = 0; i < RECEIPT_ENTRIES_MAX; i++) {
        entries[i] = (struct list_entry){many[i], (1 << LIST_STEPS_MAX) - 1, span_of(path, sizeof(path))};
        entries[i].element.subtree = false;
    }
    assert_ok(receipt_entries_write(entries, RECEIPT_ENTRIES_MAX, &with));
    assert_ok(receipt_decode(buf_span(&certificate), &r));
    r.entries = buf_span(&with);
    assert_ok(receipt_told_write(&r, &told));
    assert_ok(receipt_told_decode(buf_span(&told), &r));
    assert_true(with.size <= (size_t)RECEIPT_ENTRIES_MAX * LIST_ENTRY_BYTES_MAX);
    struct receipt_said said;
    receipt_said(&r, &said);
    assert_int_equal(said.count, RECEIPT_SAID_MAX);
    assert_false(receipt_said_add(&said, &entries[0].element));
    buf_free(&certificate);
    buf_free(&with);
    buf_free(&told);
}

static void no_byte_of_an_entry_can_be_changed(void **state)
{
    struct buf bytes = {0};
    struct receipt r;
    struct told t;

    (void)state;
    told_start(&t, 6, 12);
    told_with(&t, (size_t[]){0, 4, 11}, 3, &bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        bytes.at[i] ^= 0x10;
        assert_true(receipt_told_decode(buf_span(&bytes), &r) != LINLI_OK || receipt_verify(&r) != LINLI_OK);
        assert_true(receipt_told_decode(span_of(bytes.at, i), &r) != LINLI_OK);
        bytes.at[i] ^= 0x10;
    }
    assert_ok(receipt_told_decode(buf_span(&bytes), &r));
    assert_ok(receipt_verify(&r));
    assert_int_not_equal(receipt_decode(buf_span(&bytes), &r), LINLI_OK); /* with entries it is no certificate */
    buf_free(&bytes);
    told_end(&t);
}

/* The certificate, and behind it an entry of so many fields, with these steps to its left and this path. */
static int read_entry(const struct told *t, size_t fields, uint64_t lefts, span path)
{
    struct receipt_element e = entry(1, false, 1);
    struct buf bytes = {0};
    struct receipt r;

    write_array(&bytes, 2);
    write_bin(&bytes, t->certificate.at, t->certificate.size);
    write_array(&bytes, 1);
    write_array(&bytes, fields);
    write_bin(&bytes, e.scope.b, ID_BYTES);
    write_bool(&bytes, e.subtree);
    write_bin(&bytes, e.digest.b, HASH_BYTES);
    write_uint(&bytes, e.statements);
    write_uint(&bytes, e.weight);
    write_uint(&bytes, lefts);
    if (fields > 6)
        write_bin(&bytes, path.at, path.size);
    int rv = receipt_told_decode(buf_span(&bytes), &r);
    buf_free(&bytes);
    return rv;
}

static void what_is_told_in_another_form_is_none(void **state)
{
    (void)state;
    static const uint8_t zero[RECEIPT_TOLD_BYTES + 1];
    struct told t;
    struct buf bytes = {0};
    struct receipt r;

    told_start(&t, 6, 12);
    assert_code(receipt_told_decode(span_of(zero, sizeof(zero)), &r), LINLI_E_LIMIT);
    assert_ok(read_entry(&t, 7, 1, span_of(zero, HASH_BYTES)));
    assert_code(read_entry(&t, 7, 2, span_of(zero, HASH_BYTES)), LINLI_E_FORMAT); /* more steps than there are */
    assert_code(read_entry(&t, 7, 0, span_of(zero, HASH_BYTES - 1)), LINLI_E_FORMAT);
    assert_code(read_entry(&t, 6, 0, span_of(zero, HASH_BYTES)), LINLI_E_FORMAT);
    write_array(&bytes, 3); /* a third half */
    write_bin(&bytes, t.certificate.at, t.certificate.size);
    write_array(&bytes, 0);
    write_uint(&bytes, 1);
    assert_code(receipt_told_decode(buf_span(&bytes), &r), LINLI_E_FORMAT);
    buf_clear(&bytes);
    write_array(&bytes, 2); /* no certificate */
    write_array(&bytes, 0);
    write_array(&bytes, 0);
    assert_code(receipt_told_decode(buf_span(&bytes), &r), LINLI_E_FORMAT);
    buf_free(&bytes);
    told_end(&t);
}

static void a_receipt_without_a_list_has_no_entries(void **state)
{
    struct receipt r = {.mark = {.number = 1}};
    struct receipt_element whole = entry(0, true, 1);
    struct buf plain = {0}, bytes = {0};
    struct told t;

    (void)state;
    told_start(&t, 6, 12);
    assert_ok(receipt_make(person(7).secret, &r, &whole, 1, &plain));
    buf_clear(&t.certificate);
    assert_ok(buf_append(&t.certificate, plain.at, plain.size));
    assert_ok(receipt_told_decode(buf_span(&plain), &r));
    told_with(&t, (size_t[]){2}, 1, &bytes);
    assert_code(receipt_told_decode(buf_span(&bytes), &r), LINLI_E_FORMAT);
    buf_free(&plain);
    buf_free(&bytes);
    told_end(&t);
}

static void what_is_told_comes_out_as_it_went_in(void **state)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    struct buf bytes = {0}, with = {0}, again = {0};
    struct receipt r;
    struct told t;

    (void)state;
    told_start(&t, 6, 12);
    told_with(&t, (size_t[]){0, 4, 11}, 3, &bytes);
    assert_ok(receipt_told_decode(buf_span(&bytes), &r));
    assert_int_equal(receipt_entries(&r, entries), 3);
    struct list_entry last = entries[2];
    entries[2] = entries[0];
    entries[0] = last; /* whatever their order */
    assert_ok(receipt_entries_write(entries, 3, &with));
    r.entries = buf_span(&with);
    assert_ok(receipt_told_write(&r, &again));
    assert_true(span_equal(buf_span(&bytes), buf_span(&again)));
    buf_free(&bytes);
    buf_free(&with);
    buf_free(&again);
    told_end(&t);
}

/* --- beside another --- */

static enum receipt_verdict beside(uint64_t number, uint64_t statements, uint64_t weight)
{
    struct receipt second = {.incarnation = 5, .mark = {.opened = 10, .run = 3, .number = number}}, all, one;
    struct receipt_element patch = entry(3, true, weight);
    struct buf bytes = {0}, certificate = {0};
    struct told t;

    told_start(&t, 6, 12);
    patch.statements = statements;
    told_with(&t, (size_t[]){7}, 1, &bytes); /* scope 3 with what is below it: 3 statements, of weight 4 */
    assert_ok(receipt_make(person(7).secret, &second, &patch, 1, &certificate));
    assert_ok(receipt_decode(buf_span(&certificate), &one));
    assert_int_equal(receipt_compare(&t.receipt, &one), RECEIPTS_AGREE); /* nothing in common */
    assert_ok(receipt_told_decode(buf_span(&bytes), &all));
    enum receipt_verdict verdict = receipt_compare(&all, &one);
    assert_int_equal(receipt_compare(&one, &all), verdict);
    buf_free(&bytes);
    buf_free(&certificate);
    told_end(&t);
    return verdict;
}

static void an_entry_is_compared_as_an_element_is(void **state)
{
    (void)state;
    assert_int_equal(beside(13, 3, 4), RECEIPTS_AGREE);
    assert_int_equal(beside(13, 4, 5), RECEIPTS_AGREE);
    assert_int_equal(beside(13, 2, 5), RECEIPTS_RIGHTS_WITHHELD);
    assert_int_equal(beside(13, 3, 3), RECEIPTS_RECORDS_WITHHELD);
    assert_int_equal(beside(11, 3, 5), RECEIPTS_RECORDS_WITHHELD);
    assert_int_equal(beside(11, 4, 4), RECEIPTS_RIGHTS_WITHHELD);
    assert_int_equal(beside(11, 3, 3), RECEIPTS_AGREE);
}

static void one_covers_another_with_the_entries_of_both(void **state)
{
    struct buf bytes[2] = {{0}};
    linli_id scope = entry(3, true, 0).scope;
    struct told t[2];
    struct receipt with, without;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        told_start(&t[i], 6, 12 + i);
        told_with(&t[i], (size_t[]){7}, 1, &bytes[i]);
    }
    assert_ok(receipt_told_decode(buf_span(&bytes[0]), &with));
    assert_ok(receipt_decode(buf_span(&t[1].certificate), &without));
    assert_false(receipt_covers(&without, &with, &scope, 1));
    assert_true(receipt_covers(&with, &without, &scope, 1));
    assert_ok(receipt_told_decode(buf_span(&bytes[1]), &without));
    assert_true(receipt_covers(&without, &with, &scope, 1));
    for (unsigned i = 0; i < 2; i++) {
        buf_free(&bytes[i]);
        told_end(&t[i]);
    }
}

static int tree_once(void *ctx)
{
    struct list_tree tree;
    int rv = list_tree_make(buf_span(ctx), &tree);

    list_tree_free(&tree);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    struct buf rows = {0};

    (void)state;
    rows_of(3, &rows);
    assert_true(heap_each_failure(tree_once, &rows) > 0);
    buf_free(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_entry_of_a_list_of_any_length_leads_to_its_top),
        cmocka_unit_test(nothing_else_leads_there),
        cmocka_unit_test(a_list_is_in_order_and_says_nothing_twice),
        cmocka_unit_test(nothing_is_no_list),
        cmocka_unit_test(entries_rise_and_say_what_no_element_says),
        cmocka_unit_test(the_largest_told_fits),
        cmocka_unit_test(no_byte_of_an_entry_can_be_changed),
        cmocka_unit_test(a_receipt_without_a_list_has_no_entries),
        cmocka_unit_test(what_is_told_in_another_form_is_none),
        cmocka_unit_test(what_is_told_comes_out_as_it_went_in),
        cmocka_unit_test(an_entry_is_compared_as_an_element_is),
        cmocka_unit_test(one_covers_another_with_the_entries_of_both),
        cmocka_unit_test(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
