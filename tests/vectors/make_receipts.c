/* tests: the vectors of proto/receipts.md: receipts with their verdicts, and what two of them tell. */
#include <jansson.h>
#include <linli/error.h>
#include <string.h>

#include "../unit/auth/people.h"
#include "auth/certificate.h"
#include "make.h"

static const struct issuer node_itself = {.by_root = false};
static const char *const verdicts[] = {
    [RECEIPTS_AGREE] = "agree", [RECEIPTS_FORKED] = "forked", [RECEIPTS_ROLLED_BACK] = "rolled back",
    [RECEIPTS_RIGHTS_WITHHELD] = "rights withheld", [RECEIPTS_RECORDS_WITHHELD] = "records withheld", [RECEIPTS_ANEW] = "anew",
};

static struct receipt_element element(int scope, bool subtree, uint64_t statements, uint64_t weight)
{
    struct receipt_element e = {.subtree = subtree, .statements = statements, .weight = weight};

    memset(e.scope.b, scope, sizeof(e.scope.b));
    memset(e.digest.b, (int)(0x40 + statements * 16 + weight), sizeof(e.digest.b));
    return e;
}

static struct receipt plain(uint64_t opened, uint64_t run, uint64_t number)
{
    struct person node = person(7);
    struct receipt r = {.incarnation = UINT64_C(0x0102030405060708), .mark = {opened, run, number}, .issued_ms = 1700000003000U};

    memset(r.network.b, 0x21, sizeof(r.network.b));
    memcpy(r.node, node.key, KEY_BYTES);
    return r;
}

static void make(struct receipt r, struct receipt_element one, struct receipt_element two, struct buf *out)
{
    struct receipt_element elements[] = {one, two};

    ALWAYS(receipt_make(person(7).secret, &r, elements, 2, out) == LINLI_OK);
}

static json_t *element_json(const struct receipt_element *e)
{
    return json_pack("{so sb so so so}", "scope", hex(e->scope.b, ID_BYTES), "subtree", (int)e->subtree, "digest",
                     hex(e->digest.b, HASH_BYTES), "statements", number(e->statements), "weight", number(e->weight));
}

static json_t *elements_json(const struct receipt *r)
{
    json_t *list = json_array();
    struct receipt_element e;

    for (size_t i = 0; receipt_element(r, i, &e); i++)
        json_array_append_new(list, element_json(&e));
    return list;
}

static json_t *entries_json(const struct receipt *r)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    size_t count = receipt_entries(r, entries);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, element_json(&entries[i].element));
    return list;
}

/* --- lists --- */

/* Of scopes 1, 2, 3 ..., each alone and with what is below it. */
static void rows_of(int scopes, struct buf *rows)
{
    for (int i = 1; i <= scopes; i++)
        for (int subtree = 0; subtree < 2; subtree++) {
            struct receipt_element e = element(i, subtree != 0, (uint64_t)i % 3, (uint64_t)(i + subtree));
            ALWAYS(list_add(rows, &e) == LINLI_OK);
        }
    list_sort(rows);
}

static json_t *list_json(int scopes)
{
    json_t *rows = json_array();
    struct buf bytes = {0};
    struct list_tree tree;

    rows_of(scopes, &bytes);
    ALWAYS(list_tree_make(buf_span(&bytes), &tree) == LINLI_OK);
    for (int i = 1; i <= scopes; i++)
        for (int subtree = 0; subtree < 2; subtree++) {
            struct receipt_element e = element(i, subtree != 0, (uint64_t)i % 3, (uint64_t)(i + subtree));
            json_array_append_new(rows, element_json(&e));
        }
    json_t *out = json_pack("{so so}", "entries", rows, "top", hex(list_tree_top(&tree)->b, HASH_BYTES));
    list_tree_free(&tree);
    buf_free(&bytes);
    return out;
}

static json_t *lists_json(void)
{
    static const int scopes[] = {1, 2, 3, 7};
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof(scopes) / sizeof(*scopes); i++)
        json_array_append_new(list, list_json(scopes[i]));
    return list;
}

/* One of scope 1 with what is below it, of a list of 7 scopes; and with it the entry of scope `shown` with what is below it (0: with none). */
static void listing(struct receipt r, int shown, struct buf *out)
{
    struct receipt_element whole = element(1, true, 3, 5), found;
    uint8_t path[LIST_PATH_BYTES_MAX];
    struct buf rows = {0}, certificate = {0}, entries = {0};
    struct list_entry entry;
    struct list_tree tree;
    size_t row;

    rows_of(7, &rows);
    ALWAYS(list_tree_make(buf_span(&rows), &tree) == LINLI_OK);
    r.lists = true;
    r.list = *list_tree_top(&tree);
    ALWAYS(receipt_make(person(7).secret, &r, &whole, 1, &certificate) == LINLI_OK);
    ALWAYS(receipt_decode(buf_span(&certificate), &r) == LINLI_OK);
    struct receipt_element name = element(shown, true, 0, 0);
    if (list_find(buf_span(&rows), &name.scope, true, &row, &found)) {
        list_entry_make(&tree, buf_span(&rows), row, path, &entry);
        ALWAYS(receipt_entries_write(&entry, 1, &entries) == LINLI_OK);
        r.entries = buf_span(&entries);
    }
    ALWAYS(receipt_told_write(&r, out) == LINLI_OK);
    list_tree_free(&tree);
    buf_free(&rows);
    buf_free(&certificate);
    buf_free(&entries);
}

static json_t *one_json(const char *name, span certificate)
{
    struct receipt r;
    int rv = receipt_told_decode(certificate, &r);

    if (rv == LINLI_OK)
        rv = receipt_verify(&r);
    json_t *out = json_pack("{ss so ss}", "name", name, "certificate", hex_of(certificate), "expect", linli_code_name(rv));
    if (rv != LINLI_OK)
        return out;
    json_object_set_new(out, "id", hex(r.id.b, HASH_BYTES));
    json_object_set_new(out, "node", hex(r.node, KEY_BYTES));
    json_object_set_new(out, "opened", number(r.mark.opened));
    json_object_set_new(out, "number", number(r.mark.number));
    json_object_set_new(out, "elements", elements_json(&r));
    if (r.lists)
        json_object_set_new(out, "list", hex(r.list.b, HASH_BYTES));
    if (r.entries.size > 0)
        json_object_set_new(out, "entries", entries_json(&r));
    return out;
}

/* The body with one byte changed, signed all the same. */
static void changed(span certificate, size_t at, uint8_t value, struct buf *out)
{
    uint8_t copy[512];
    struct certified said;

    ALWAYS(certificate_split(certificate, 4096, &said) == LINLI_OK && said.body.size <= sizeof(copy));
    memcpy(copy, said.body.at, said.body.size);
    copy[at] = value;
    ALWAYS(certificate_sign(person(7).secret, &node_itself, "linli/receipt/1", span_of(copy, said.body.size), out) == LINLI_OK);
}

static json_t *ones_json(void)
{
    json_t *list = json_array();
    struct buf good = {0}, bad = {0};

    make(plain(10, 3, 12), element(2, false, 1, 300), element(1, true, 0, UINT64_MAX), &good);
    json_array_append_new(list, one_json("two elements", buf_span(&good)));
    good.at[good.size - 1] ^= 1;
    json_array_append_new(list, one_json("a bit of its signature turned", buf_span(&good)));
    good.at[good.size - 1] ^= 1;
    changed(buf_span(&good), 91, 9, &bad);
    json_array_append_new(list, one_json("a number below what it was opened at", buf_span(&bad)));
    buf_clear(&bad);
    changed(buf_span(&good), 1, 3, &bad);
    json_array_append_new(list, one_json("of a newer version", buf_span(&bad)));
    buf_clear(&bad);
    changed(buf_span(&good), 1, 2, &bad);
    json_array_append_new(list, one_json("of version 2, without a list", buf_span(&bad)));
    buf_clear(&bad);
    changed(buf_span(&good), 105, 9, &bad);
    json_array_append_new(list, one_json("elements that do not rise", buf_span(&bad)));
    json_array_append_new(list, one_json("last byte missing", span_of(good.at, good.size - 1)));
    buf_clear(&bad);
    listing(plain(10, 3, 12), 0, &bad);
    json_array_append_new(list, one_json("one that lists", buf_span(&bad)));
    buf_clear(&bad);
    listing(plain(10, 3, 12), 6, &bad);
    json_array_append_new(list, one_json("with an entry of its list", buf_span(&bad)));
    bad.at[bad.size - 1] ^= 1;
    json_array_append_new(list, one_json("with an entry of another list", buf_span(&bad)));
    buf_clear(&bad);
    listing(plain(10, 3, 12), 1, &bad);
    json_array_append_new(list, one_json("with an entry that an element says", buf_span(&bad)));
    buf_free(&good);
    buf_free(&bad);
    return list;
}

static json_t *pair_json(const char *name, struct receipt second, struct receipt_element one, struct receipt_element two)
{
    struct buf x = {0}, y = {0};
    struct receipt a, b;

    make(plain(10, 3, 12), element(1, true, 3, 5), element(2, false, 1, 4), &x);
    make(second, one, two, &y);
    ALWAYS(receipt_decode(buf_span(&x), &a) == LINLI_OK && receipt_decode(buf_span(&y), &b) == LINLI_OK);
    json_t *out = json_pack("{ss so so ss}", "name", name, "first", hex_of(buf_span(&x)), "second", hex_of(buf_span(&y)),
                            "verdict", verdicts[receipt_compare(&a, &b)]);
    buf_free(&x);
    buf_free(&y);
    return out;
}

/* One that lists 7 scopes, with the entry of scope 6 with what is below it (no statement, of weight 7), and one of scope 6 alone or not. */
static json_t *across_json(const char *name, int shown, struct receipt second, struct receipt_element patch)
{
    struct receipt_element other = element(9, false, 0, 0);
    struct buf x = {0}, y = {0};
    struct receipt a, b;

    listing(plain(10, 3, 12), shown, &x);
    make(second, patch, other, &y);
    ALWAYS(receipt_told_decode(buf_span(&x), &a) == LINLI_OK && receipt_decode(buf_span(&y), &b) == LINLI_OK);
    json_t *out = json_pack("{ss so so ss}", "name", name, "first", hex_of(buf_span(&x)), "second", hex_of(buf_span(&y)),
                            "verdict", verdicts[receipt_compare(&a, &b)]);
    buf_free(&x);
    buf_free(&y);
    return out;
}

static json_t *pairs_json(void)
{
    struct receipt_element one = element(1, true, 3, 5), two = element(2, false, 1, 4), lied = one;
    struct receipt anew = plain(10, 3, 13);
    json_t *list = json_array();

    lied.digest.b[0] ^= 1;
    anew.incarnation++;
    json_array_append_new(list, pair_json("more later", plain(10, 3, 13), element(1, true, 3, 6), two));
    json_array_append_new(list, pair_json("opened again since", plain(13, 4, 13), one, two));
    json_array_append_new(list, pair_json("one number twice", plain(10, 3, 12), element(1, true, 3, 6), two));
    json_array_append_new(list, pair_json("opened from an older state", plain(12, 4, 30), one, two));
    json_array_append_new(list, pair_json("an older state still signs", plain(9, 4, 10), one, two));
    json_array_append_new(list, pair_json("one state opened twice", plain(10, 4, 30), one, two));
    json_array_append_new(list, pair_json("fewer statements", plain(10, 3, 13), element(1, true, 2, 9), two));
    json_array_append_new(list, pair_json("less weight", plain(10, 3, 13), element(1, true, 4, 4), two));
    json_array_append_new(list, pair_json("other content of one size", plain(10, 3, 13), lied, two));
    json_array_append_new(list, pair_json("a scope alone is not with what is below", plain(10, 3, 13), element(1, false, 0, 0), two));
    json_array_append_new(list, pair_json("another incarnation", anew, one, two));
    json_array_append_new(list, across_json("less than an entry", 6, plain(10, 3, 13), element(6, true, 1, 6)));
    json_array_append_new(list, across_json("as much as an entry", 6, plain(10, 3, 13), element(6, true, 0, 7)));
    json_array_append_new(list, across_json("an entry has less", 6, plain(10, 3, 11), element(6, true, 1, 7)));
    json_array_append_new(list, across_json("the entry of another scope", 5, plain(10, 3, 13), element(6, true, 0, 6)));
    return list;
}

json_t *receipt_vectors(void)
{
    return json_pack("{ss so so so}", "about", "Made-up receipts, and what two of one node tell; see proto/receipts.md.", "receipts",
                     ones_json(), "lists", lists_json(), "pairs", pairs_json());
}

void receipt_seeds(void (*write)(const char *path, int first, span bytes))
{
    struct buf bytes = {0};

    listing(plain(10, 3, 12), 0, &bytes);
    write("tests/fuzz/corpus/grant/receipt-that-lists", 3, buf_span(&bytes));
    buf_clear(&bytes);
    listing(plain(10, 3, 12), 6, &bytes);
    write("tests/fuzz/corpus/grant/receipt-with-an-entry", 3, buf_span(&bytes));
    buf_free(&bytes);
}
