/* tests: replay proto/vectors: roots, their later versions, grants, invitations, receipts, orders to erase. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/erasure.h"
#include "auth/root_draft.h"
#include "people.h"

static void expect_hex(const json_t *object, const char *key, const void *at, size_t size)
{
    char text[2 * 64 + 1];

    assert_true(size <= 64);
    hex_encode(at, size, text);
    assert_string_equal(text, vector_text(object, key));
}

static uint64_t number_of(const json_t *object, const char *key)
{
    return strtoull(vector_text(object, key), NULL, 10);
}

static void every_root_has_its_verdict_and_names(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/root.json");
    const json_t *v;
    size_t i;
    struct buf bytes = {0};

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "roots"), i, v)
    {
        struct root root;
        assert_true(vector_hex(v, "file", &bytes));
        int rv = root_open(buf_span(&bytes), &root);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv != LINLI_OK)
            continue;
        expect_hex(v, "network", root.network.b, HASH_BYTES);
        expect_hex(v, "scope", root.scope.b, ID_BYTES);
        assert_int_equal(root.first.threshold, json_integer_value(json_object_get(v, "threshold")));
    }
    json_array_foreach(json_object_get(vectors, "scopes"), i, v)
    {
        struct scope_path path = {.depth = 0};
        linli_hash network;
        linli_id scope;
        const char *text = vector_text(vectors, "network");
        assert_ok(hex_decode(text, strlen(text), network.b, HASH_BYTES));
        assert_true(vector_hex(v, "nonces", &bytes));
        assert_true(bytes.size <= sizeof(path.nonce) && bytes.size % 16 == 0);
        path.depth = bytes.size / 16;
        if (bytes.size > 0)
            memcpy(path.nonce, bytes.at, bytes.size);
        path_scope(&network, &path, &scope);
        expect_hex(v, "scope", scope.b, ID_BYTES);
    }
    buf_free(&bytes);
    json_decref(vectors);
}

static void every_grant_has_its_verdict_and_term(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/grant.json");
    const json_t *v;
    size_t i;
    struct buf bytes = {0};
    struct root root;
    struct held held = {0};
    struct grant_source source = {held_find, &held, NULL};

    assert_non_null(vectors);
    assert_true(vector_hex(vectors, "root", &bytes));
    assert_ok(root_open(buf_span(&bytes), &root));
    json_array_foreach(json_object_get(vectors, "grants"), i, v)
    {
        struct grant g;
        uint64_t end_ms;
        assert_true(vector_hex(v, "certificate", &bytes));
        int rv = grant_decode(buf_span(&bytes), &g);
        if (rv == LINLI_OK)
            rv = grant_check(&root, &g, &source);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv != LINLI_OK)
            continue;
        expect_hex(v, "id", g.id.b, HASH_BYTES);
        expect_hex(v, "scope", g.scope.b, ID_BYTES);
        expect_hex(v, "subject", g.subject, KEY_BYTES);
        assert_int_equal(g.rights, json_integer_value(json_object_get(v, "rights")));
        assert_true(g.expires_ms == number_of(v, "expires_ms"));
        assert_ok(grant_term(&g, &source, &end_ms));
        assert_true(end_ms == number_of(v, "term_end_ms"));
        assert_true(held.count < COUNT_OF(held.grants));
        held.grants[held.count++] = g;
    }
    buf_free(&bytes);
    json_decref(vectors);
}

static void every_invitation_has_its_verdict_and_fields(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/invitation.json");
    const json_t *v;
    size_t i;

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "invitations"), i, v)
    {
        struct invitation inv;
        struct buf uri = {0};
        const json_t *addresses = json_object_get(v, "addresses");
        int rv = invitation_parse(vector_text(v, "uri"), &inv);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv != LINLI_OK)
            continue;
        expect_hex(v, "network", inv.network.b, HASH_BYTES);
        expect_hex(v, "secret", inv.secret, sizeof(inv.secret));
        assert_true(inv.expires_ms == number_of(v, "expires_ms"));
        assert_int_equal(inv.address_count, json_array_size(addresses));
        for (size_t k = 0; k < inv.address_count; k++)
            assert_string_equal(inv.addresses[k], json_string_value(json_array_get(addresses, k)));
        assert_ok(invitation_text(&inv, &uri));
        assert_string_equal((const char *)uri.at, vector_text(v, "uri"));
        buf_free(&uri);
    }
    json_decref(vectors);
}

static struct receipt_element element_of(const json_t *v)
{
    struct receipt_element e = {.subtree = json_is_true(json_object_get(v, "subtree")), .statements = number_of(v, "statements"),
                                .weight = number_of(v, "weight")};
    struct buf bytes = {0};

    assert_true(vector_hex(v, "scope", &bytes) && bytes.size == ID_BYTES);
    memcpy(e.scope.b, bytes.at, ID_BYTES);
    assert_true(vector_hex(v, "digest", &bytes) && bytes.size == HASH_BYTES);
    memcpy(e.digest.b, bytes.at, HASH_BYTES);
    buf_free(&bytes);
    return e;
}

static void expect_entries(const json_t *expected, const struct receipt *r)
{
    struct list_entry entries[RECEIPT_ENTRIES_MAX];
    const json_t *v;
    size_t i;

    assert_int_equal(receipt_entries(r, entries), json_array_size(expected));
    json_array_foreach(expected, i, v)
    {
        struct receipt_element e = element_of(v), *read = &entries[i].element;
        assert_int_equal(element_order(&e, read), 0);
        assert_true(hash_equal(&e.digest, &read->digest) && e.statements == read->statements && e.weight == read->weight);
    }
}

static void every_list_has_its_top(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/receipt.json");
    const json_t *v, *row;
    size_t i, k;

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "lists"), i, v)
    {
        struct buf rows = {0};
        struct list_tree tree;
        json_array_foreach(json_object_get(v, "entries"), k, row)
        {
            struct receipt_element e = element_of(row);
            assert_ok(list_add(&rows, &e));
        }
        assert_ok(list_tree_make(buf_span(&rows), &tree));
        expect_hex(v, "top", list_tree_top(&tree)->b, HASH_BYTES);
        list_tree_free(&tree);
        buf_free(&rows);
    }
    json_decref(vectors);
}

static void every_receipt_has_its_verdict(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/receipt.json");
    const json_t *v;
    size_t i;
    struct buf bytes = {0};

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "receipts"), i, v)
    {
        struct receipt r;
        assert_true(vector_hex(v, "certificate", &bytes));
        int rv = receipt_told_decode(buf_span(&bytes), &r);
        if (rv == LINLI_OK)
            rv = receipt_verify(&r);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv != LINLI_OK)
            continue;
        expect_hex(v, "id", r.id.b, HASH_BYTES);
        expect_hex(v, "node", r.node, KEY_BYTES);
        if (r.lists)
            expect_hex(v, "list", r.list.b, HASH_BYTES);
        expect_entries(json_object_get(v, "entries"), &r);
        assert_true(r.mark.opened == number_of(v, "opened") && r.mark.number == number_of(v, "number"));
    }
    buf_free(&bytes);
    json_decref(vectors);
}

static bool part_expected(void *ctx, const struct erasure_part *part)
{
    json_t *parts = ctx, *one = json_array_get(parts, 0);
    struct buf text = {0};
    uint8_t author[AUTHOR_BYTES];

    author_encode(&part->author, author);
    for (size_t i = 0; i < sizeof(author); i++) {
        char digits[3];
        snprintf(digits, sizeof(digits), "%02x", author[i]);
        buf_append(&text, digits, 2);
    }
    assert_memory_equal(json_string_value(json_array_get(one, 0)), text.at, text.size);
    assert_true(strtoull(json_string_value(json_array_get(one, 1)), NULL, 10) == part->seq);
    assert_int_equal(json_integer_value(json_array_get(one, 2)), part->part);
    json_array_remove(parts, 0);
    buf_free(&text);
    return true;
}

static void every_order_to_erase_has_its_verdict(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/erasure.json");
    const json_t *v;
    size_t i;
    struct buf bytes = {0};

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "erasures"), i, v)
    {
        struct erasure e;
        assert_true(vector_hex(v, "certificate", &bytes));
        int rv = erasure_decode(buf_span(&bytes), &e);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv != LINLI_OK)
            continue;
        json_t *parts = json_object_get(v, "parts");
        expect_hex(v, "id", e.head.id.b, HASH_BYTES);
        expect_hex(v, "scope", e.head.scope.b, ID_BYTES);
        expect_hex(v, "record", e.record.b, ID_BYTES);
        assert_int_equal(e.classes, json_integer_value(json_object_get(v, "classes")));
        assert_int_equal(e.reason, json_integer_value(json_object_get(v, "reason")));
        erasure_each(&e, part_expected, parts);
        assert_int_equal(json_array_size(parts), 0);
    }
    buf_free(&bytes);
    json_decref(vectors);
}

static void every_two_receipts_tell_what_they_tell(void **state)
{
    (void)state;
    static const char *const verdicts[] = {"agree", "forked", "rolled back", "rights withheld", "records withheld", "anew"};
    json_t *vectors = vectors_own("proto/vectors/receipt.json");
    const json_t *v;
    size_t i;
    struct buf first = {0}, second = {0};

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "pairs"), i, v)
    {
        struct receipt x, y;
        assert_true(vector_hex(v, "first", &first) && vector_hex(v, "second", &second));
        assert_ok(receipt_told_decode(buf_span(&first), &x));
        assert_ok(receipt_told_decode(buf_span(&second), &y));
        assert_string_equal(verdicts[receipt_compare(&x, &y)], vector_text(v, "verdict"));
    }
    buf_free(&first);
    buf_free(&second);
    json_decref(vectors);
}

/* Documents that were found good before. */
struct documents {
    struct root_document at[4];
    size_t count;
};

static int document_find(void *ctx, const linli_hash *id, struct root_document *out)
{
    const struct documents *held = ctx;

    for (size_t i = 0; i < held->count; i++)
        if (hash_equal(&held->at[i].id, id)) {
            *out = held->at[i];
            return LINLI_OK;
        }
    return LINLI_E_NOT_FOUND;
}

static int no_grant(void *ctx, const linli_hash *id, struct grant *out)
{
    (void)ctx;
    (void)id;
    (void)out;
    return LINLI_E_NOT_FOUND;
}

static void version_expected(const json_t *v, span certificate, struct documents *held)
{
    struct root_version said;

    assert_ok(root_version_decode(certificate, &said));
    expect_hex(v, "id", said.document.id.b, HASH_BYTES);
    expect_hex(v, "before", said.head.issuer.b, HASH_BYTES);
    assert_int_equal(said.document.version, json_integer_value(json_object_get(v, "version")));
    assert_int_equal(said.document.threshold, json_integer_value(json_object_get(v, "threshold")));
    assert_int_equal(said.document.oldest, json_integer_value(json_object_get(v, "oldest")));
    assert_int_equal(said.document.key_count, json_array_size(json_object_get(v, "keys")));
    assert_int_equal(said.signers, json_integer_value(json_object_get(v, "signers")));
    assert_true(held->count < COUNT_OF(held->at));
    held->at[held->count++] = said.document;
}

static void affirmation_expected(const json_t *v, span certificate)
{
    const json_t *ids = json_object_get(v, "ids");
    struct affirmation said;
    linli_hash id;

    assert_ok(affirmation_decode(certificate, &said));
    expect_hex(v, "id", said.head.id.b, HASH_BYTES);
    expect_hex(v, "document", said.head.issuer.b, HASH_BYTES);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *text = json_string_value(json_array_get(ids, i));
        assert_ok(hex_decode(text, strlen(text), id.b, HASH_BYTES));
        assert_true(affirmation_lists(&said, &id));
    }
}

static void what_the_root_says_later_has_its_verdict(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/root_version.json");
    const json_t *v;
    size_t i;
    struct buf bytes = {0};
    struct root root;
    struct documents held = {.count = 0};
    struct grant_source source = {no_grant, &held, document_find};

    assert_non_null(vectors);
    assert_true(vector_hex(vectors, "root", &bytes));
    assert_ok(root_open(buf_span(&bytes), &root));
    json_array_foreach(json_object_get(vectors, "said"), i, v)
    {
        assert_true(vector_hex(v, "certificate", &bytes));
        int rv = statement_check(&root, buf_span(&bytes), &source);
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv == LINLI_OK && certificate_kind(buf_span(&bytes)) == STATEMENT_ROOT)
            version_expected(v, buf_span(&bytes), &held);
        else if (rv == LINLI_OK)
            affirmation_expected(v, buf_span(&bytes));
    }
    assert_int_equal(held.count, 3);
    buf_free(&bytes);
    json_decref(vectors);
}

static void every_draft_has_its_verdict_and_fingerprint(void **state)
{
    (void)state;
    json_t *vectors = vectors_own("proto/vectors/root_version.json");
    const json_t *v;
    size_t i;
    struct buf bytes = {0};

    assert_non_null(vectors);
    json_array_foreach(json_object_get(vectors, "drafts"), i, v)
    {
        const json_t *missing = json_object_get(v, "missing");
        struct arena a = {0};
        struct root_draft d;
        linli_hash fingerprint;
        assert_true(vector_hex(v, "draft", &bytes));
        int rv = root_draft_read(&d, &a, buf_span(&bytes));
        assert_string_equal(linli_code_name(rv), vector_text(v, "expect"));
        if (rv == LINLI_OK) {
            root_draft_fingerprint(&d, &fingerprint);
            expect_hex(v, "fingerprint", fingerprint.b, HASH_BYTES);
            assert_int_equal(d.signer_count, json_array_size(missing));
        }
        for (size_t s = 0; rv == LINLI_OK && s < d.signer_count; s++)
            assert_int_equal(root_draft_missing(&d, s), json_integer_value(json_array_get(missing, s)));
        arena_free(&a);
    }
    buf_free(&bytes);
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_root_has_its_verdict_and_names),
        cmocka_unit_test(every_grant_has_its_verdict_and_term),
        cmocka_unit_test(every_receipt_has_its_verdict),
        cmocka_unit_test(every_list_has_its_top),
        cmocka_unit_test(every_order_to_erase_has_its_verdict),
        cmocka_unit_test(every_two_receipts_tell_what_they_tell),
        cmocka_unit_test(what_the_root_says_later_has_its_verdict),
        cmocka_unit_test(every_draft_has_its_verdict_and_fingerprint),
        cmocka_unit_test(every_invitation_has_its_verdict_and_fields),
    };
    return UNIT_RUN(tests);
}
