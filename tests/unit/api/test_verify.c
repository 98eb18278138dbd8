/* api: what verification finds: each kind of damage that somebody could do to each table. */
#include "story.h"

#include "store/tables.h"

struct victim {
    struct town town;
    linli_store *store;
    linli_id lane, patch, household, conflicted;
    uint32_t lane_number, patch_number, author;
};

static struct victim victim;

static int victim_make(void **state)
{
    static const struct linli_scope_spec street = {.name = "Block 1", .kind = LINLI_STREET}; /* no keys before its first record */
    struct victim *v = &victim;
    struct store_txn *txn = NULL;
    (void)state;

    memset(v, 0, sizeof(*v));
    town_start(&v->town);
    v->store = story_root(&v->town);
    v->lane = story_root_scope(v->store);
    assert_ok(linli_scope_add(v->store, &v->lane, &street, &v->patch));
    v->household = story_new(v->store, &v->patch, HOUSEHOLD, HH_HEAD, linli_text("first"));
    linli_record *seen = story_get(v->store, &v->household);
    assert_ok(story_set(v->store, &v->household, linli_record_token(seen), HH_HEAD, linli_text("second")));
    linli_record_free(seen);
    v->conflicted = story_new(v->store, &v->patch, HOUSEHOLD, HH_HEAD, linli_text("one"));
    assert_ok(story_set(v->store, &v->conflicted, no_token, HH_HEAD, linli_text("other")));
    assert_ok(store_begin(v->store->replica->store, false, &txn));
    assert_ok(scope_number(txn, &v->lane, &v->lane_number));
    assert_ok(scope_number(txn, &v->patch, &v->patch_number));
    assert_ok(author_number(txn, &v->store->replica->author, false, &v->author));
    store_abort(txn);
    assert_verifies(v->store);
    return 0;
}

static int victim_end(void **state)
{
    (void)state;
    linli_store_close(victim.store);
    town_end(&victim.town);
    return 0;
}

/* ---- damage, through the store's own calls ---- */

struct log_copy {
    struct log_row row;
    uint8_t entry[2048], verdicts[16];
};

static void log_copy(struct store_txn *txn, uint64_t seq, struct log_copy *out)
{
    assert_ok(log_get(txn, victim.patch_number, victim.author, seq, &out->row));
    assert_true(out->row.entry.size <= sizeof(out->entry) && out->row.verdicts.size <= sizeof(out->verdicts));
    memcpy(out->entry, out->row.entry.at, out->row.entry.size);
    memcpy(out->verdicts, out->row.verdicts.at, out->row.verdicts.size);
    out->row.entry.at = out->entry;
    out->row.verdicts.at = out->verdicts;
}

static void log_put_back(struct store_txn *txn, uint64_t seq, const struct log_copy *copy)
{
    assert_ok(log_put(txn, victim.patch_number, victim.author, seq, &copy->row));
}

static void bytes_of_an_entry(struct store_txn *txn)
{
    struct log_copy copy;

    log_copy(txn, 1, &copy);
    copy.entry[copy.row.entry.size - 1] ^= 1; /* the last letter of a name */
    log_put_back(txn, 1, &copy);
}

static void form_of_an_entry(struct store_txn *txn)
{
    struct log_copy copy;

    log_copy(txn, 1, &copy);
    copy.row.entry.size--;
    log_put_back(txn, 1, &copy);
}

static void id_of_a_changeset(struct store_txn *txn)
{
    struct log_copy copy;

    log_copy(txn, 1, &copy);
    copy.row.id.b[0] ^= 1;
    log_put_back(txn, 1, &copy);
}

static void signature_of_a_head(struct store_txn *txn)
{
    struct log_copy copy;
    struct head_row head;

    assert_ok(head_get(txn, victim.patch_number, victim.author, &head));
    log_copy(txn, head.signed_seq, &copy);
    assert_true(copy.row.has_signature);
    copy.row.signature[7] ^= 1;
    log_put_back(txn, head.signed_seq, &copy);
}

static void stamp_of_a_changeset(struct store_txn *txn)
{
    struct log_copy copy;

    log_copy(txn, 1, &copy);
    copy.row.stamp++;
    log_put_back(txn, 1, &copy);
}

static void verdict_of_a_part(struct store_txn *txn)
{
    struct log_copy copy;

    log_copy(txn, 2, &copy);
    copy.verdicts[0] = VERDICT_RIGHT;
    log_put_back(txn, 2, &copy);
}

/* Rows that no call of the store puts out of order. */
static void row_mark(struct store_txn *txn, enum table table, const struct rowkey *key, bool on)
{
    assert_ok(table_mark(txn, table, key, on));
}

static void arrival_of_a_changeset(struct store_txn *txn)
{
    struct log_copy copy;
    struct rowkey key;

    log_copy(txn, 1, &copy);
    rowkey_start(&key);
    rowkey_u64(&key, copy.row.arrival);
    assert_ok(table_delete(txn, TABLE_ARRIVAL, &key));
}

static void where_key(struct rowkey *key, const linli_id *record)
{
    rowkey_start(key);
    rowkey_bytes(key, record->b, ID_BYTES);
    rowkey_u32(key, victim.patch_number);
}

static void where_row_is_gone(struct store_txn *txn)
{
    struct rowkey key;

    where_key(&key, &victim.household);
    row_mark(txn, TABLE_WHERE, &key, false);
}

static void where_row_too_many(struct store_txn *txn)
{
    linli_id invented = {{5}};
    struct rowkey key;

    where_key(&key, &invented);
    row_mark(txn, TABLE_WHERE, &key, true);
}

static void child_row_is_gone(struct store_txn *txn)
{
    struct rowkey key;

    rowkey_start(&key);
    rowkey_u32(&key, victim.lane_number);
    rowkey_bytes(&key, victim.patch.b, ID_BYTES);
    assert_ok(table_delete(txn, TABLE_CHILD, &key));
}

static void author_is_another(struct store_txn *txn)
{
    uint8_t bytes[AUTHOR_BYTES] = {1};
    struct rowkey key;

    rowkey_start(&key);
    rowkey_u32(&key, victim.author);
    assert_ok(table_put(txn, TABLE_AUTHOR, &key, span_of(bytes, sizeof(bytes))));
}

static void scope_has_another_nonce(struct store_txn *txn)
{
    struct rowkey key;
    span row;
    uint8_t bytes[64];

    rowkey_start(&key);
    rowkey_u32(&key, victim.patch_number);
    assert_ok(table_get(txn, TABLE_SCOPE, &key, &row));
    assert_true(row.size <= sizeof(bytes));
    memcpy(bytes, row.at, row.size);
    bytes[row.size - 1] ^= 1;
    assert_ok(table_put(txn, TABLE_SCOPE, &key, span_of(bytes, row.size)));
}

static void a_changeset_is_gone(struct store_txn *txn)
{
    assert_ok(log_delete(txn, victim.patch_number, victim.author, 1));
}

static void head_put_changed(struct store_txn *txn, void (*change)(struct head_row *head))
{
    struct head_row head;
    struct cited_row cited[8];

    assert_ok(head_get(txn, victim.patch_number, victim.author, &head));
    assert_true(head.cited_count <= 8);
    if (head.cited_count > 0)
        memcpy(cited, head.cited, head.cited_count * sizeof(cited[0]));
    head.cited = cited;
    change(&head);
    assert_ok(head_put(txn, victim.patch_number, victim.author, &head));
}

static void shorter(struct head_row *head)
{
    head->seq--;
}

static void other_id(struct head_row *head)
{
    head->id.b[3] ^= 1;
}

static void other_grant(struct head_row *head)
{
    head->grant.b[3] ^= 1;
}

static void frozen(struct head_row *head)
{
    head->frozen = true;
}

static void head_is_shorter(struct store_txn *txn)
{
    head_put_changed(txn, shorter);
}

static void head_has_another_id(struct store_txn *txn)
{
    head_put_changed(txn, other_id);
}

static void head_has_another_grant(struct store_txn *txn)
{
    head_put_changed(txn, other_grant);
}

static void head_is_frozen_without_evidence(struct store_txn *txn)
{
    head_put_changed(txn, frozen);
}

static void view_of_a_record(struct store_txn *txn)
{
    uint8_t bytes[2048];
    span state;

    assert_ok(view_get(txn, victim.patch_number, &victim.household, &state));
    assert_true(state.size <= sizeof(bytes));
    memcpy(bytes, state.at, state.size);
    bytes[state.size - 1] ^= 1;
    assert_ok(view_put(txn, victim.patch_number, &victim.household, span_of(bytes, state.size)));
}

static void view_is_gone(struct store_txn *txn)
{
    assert_ok(view_delete(txn, victim.patch_number, &victim.household));
}

static void view_of_what_no_log_holds(struct store_txn *txn)
{
    linli_id invented = {{5}};
    uint8_t bytes[2048];
    span state;

    assert_ok(view_get(txn, victim.patch_number, &victim.household, &state));
    memcpy(bytes, state.at, state.size);
    assert_ok(view_put(txn, victim.patch_number, &invented, span_of(bytes, state.size)));
}

static void touch_is_gone(struct store_txn *txn)
{
    assert_ok(touch_delete(txn, victim.patch_number, &victim.household, victim.author, 1));
}

static void touch_too_many(struct store_txn *txn)
{
    assert_ok(touch_put(txn, victim.patch_number, &victim.household, victim.author, 3));
}

static span index_item_text(uint8_t out[16])
{
    struct buf item = {0};
    size_t size;

    write_text(&item, "second", 6);
    size = item.size;
    memcpy(out, item.at, size);
    buf_free(&item);
    return span_of(out, size);
}

static void index_row_is_gone(struct store_txn *txn)
{
    uint8_t item[16];

    assert_ok(index_delete(txn, victim.patch_number, HOUSEHOLD, HH_HEAD, index_item_text(item), &victim.household));
}

static void index_row_too_many(struct store_txn *txn)
{
    uint8_t item[16];

    assert_ok(index_put(txn, victim.patch_number, HOUSEHOLD, HH_HEAD, index_item_text(item), &victim.conflicted));
}

static void conflict_mark_is_gone(struct store_txn *txn)
{
    assert_ok(conflict_mark(txn, victim.patch_number, &victim.conflicted, false));
}

static void conflict_mark_too_many(struct store_txn *txn)
{
    assert_ok(conflict_mark(txn, victim.patch_number, &victim.household, true));
}

static void count_of_a_scope(struct store_txn *txn)
{
    assert_ok(count_add(txn, victim.patch_number, COUNT_RECORDS, 1));
}

static void count_of_a_type(struct store_txn *txn)
{
    assert_ok(count_add(txn, victim.patch_number, COUNT_TYPE + HOUSEHOLD, 1));
}

static void count_of_a_type_that_is_not_there(struct store_txn *txn)
{
    assert_ok(count_add(txn, victim.patch_number, COUNT_TYPE + RESIDENT, 1));
}

static void total_of_all(struct store_txn *txn)
{
    assert_ok(count_add(txn, SCOPE_TOTAL, COUNT_CHANGESETS, 1));
}

static void aside_too_many(struct store_txn *txn)
{
    struct aside_row row = {victim.author, 1, 0, VERDICT_RIGHT, victim.household};

    assert_ok(aside_put(txn, victim.patch_number, &row));
}

static void want_of_what_is_held(struct store_txn *txn)
{
    assert_ok(want_mark(txn, victim.patch_number, victim.author, 1, 0, true));
}

static void digest_of_a_scope(struct store_txn *txn)
{
    struct digest_row row;

    assert_ok(digest_get(txn, victim.patch_number, &row));
    row.own.b[0] ^= 1;
    assert_ok(digest_put(txn, victim.patch_number, &row));
}

static void digest_of_a_subtree(struct store_txn *txn)
{
    struct digest_row row;

    assert_ok(digest_get(txn, victim.lane_number, &row));
    row.subtree.b[0] ^= 1;
    assert_ok(digest_put(txn, victim.lane_number, &row));
}

/* Of the first tally of a type, which names no field: of households there are none here. */
static void figure_add(struct store_txn *txn, linli_type type, uint32_t scope, int64_t own, int64_t all)
{
    struct tally_key key;

    tally_begin(&key, type, 0, scope);
    assert_ok(tally_add(txn, tally_span(&key), own, all));
}

static void figure_of_what_is_not_there(struct store_txn *txn)
{
    figure_add(txn, 4 << 1, victim.lane_number, 1, 1);
    figure_add(txn, 4 << 1, 1, 0, 1); /* and its sum is right */
}

static void figure_that_is_no_sum(struct store_txn *txn)
{
    figure_add(txn, 4 << 1, 1, 0, 1);
}

static void figure_of_no_type(struct store_txn *txn)
{
    figure_add(txn, 9999, 1, 1, 1);
}

static bool figure_first(void *ctx, span rest, const struct tally_row *row)
{
    struct tally_key *key = ctx;

    (void)row;
    key->size = (uint8_t)rest.size;
    memcpy(key->at, rest.at, rest.size);
    return false;
}

static void figure_is_gone(struct store_txn *txn)
{
    struct tally_key key = {.size = 0};
    struct tally_row row;

    assert_ok(tally_each(txn, span_of(NULL, 0), figure_first, &key));
    assert_true(key.size > 0);
    assert_ok(tally_get(txn, tally_span(&key), &row));
    assert_ok(tally_add(txn, tally_span(&key), -(int64_t)row.own, -(int64_t)row.all));
}

static void grant_is_another(struct store_txn *txn)
{
    const linli_hash *id = &victim.store->replica->own[0].grant.id;
    uint8_t bytes[LIMIT_GRANT_BYTES];
    span certificate;

    assert_ok(grant_row_get(txn, id, &certificate));
    memcpy(bytes, certificate.at, certificate.size);
    bytes[certificate.size - 1] ^= 1; /* of its signature */
    assert_ok(grant_row_put(txn, &victim.lane, id, span_of(bytes, certificate.size)));
}

static void grants_of_a_device(struct store_txn *txn)
{
    assert_ok(note_delete(txn, NOTE_DEVICE, span_of(victim.store->replica->self.sign_public, KEY_BYTES)));
}

struct damage {
    const char *name;
    void (*make)(struct store_txn *txn);
    const char *what;
};
#define DAMAGE(fn, what) {#fn, fn, what}
static const struct damage damages[] = {
    DAMAGE(bytes_of_an_entry, "hash"),
    DAMAGE(form_of_an_entry, "hash"),
    DAMAGE(id_of_a_changeset, "hash"),
    DAMAGE(signature_of_a_head, "signature"),
    DAMAGE(stamp_of_a_changeset, "chain"),
    DAMAGE(verdict_of_a_part, "verdict"),
    DAMAGE(arrival_of_a_changeset, "arrival"),
    DAMAGE(a_changeset_is_gone, "chain"),
    DAMAGE(head_is_shorter, "head"),
    DAMAGE(head_has_another_id, "head"),
    DAMAGE(head_has_another_grant, "head"),
    DAMAGE(head_is_frozen_without_evidence, "fork"),
    DAMAGE(view_of_a_record, "record"),
    DAMAGE(view_is_gone, "record"),
    DAMAGE(view_of_what_no_log_holds, "record"),
    DAMAGE(touch_is_gone, "touch"),
    DAMAGE(touch_too_many, "touch"),
    DAMAGE(index_row_is_gone, "index"),
    DAMAGE(index_row_too_many, "index"),
    DAMAGE(conflict_mark_is_gone, "conflict"),
    DAMAGE(conflict_mark_too_many, "conflict"),
    DAMAGE(count_of_a_scope, "count"),
    DAMAGE(count_of_a_type, "count"),
    DAMAGE(count_of_a_type_that_is_not_there, "count"),
    DAMAGE(total_of_all, "count"),
    DAMAGE(figure_of_what_is_not_there, "figure"),
    DAMAGE(figure_that_is_no_sum, "figure"),
    DAMAGE(figure_of_no_type, "figure"),
    DAMAGE(figure_is_gone, "figure"),
    DAMAGE(aside_too_many, "aside"),
    DAMAGE(want_of_what_is_held, "want"),
    DAMAGE(digest_of_a_scope, "digest"),
    DAMAGE(digest_of_a_subtree, "digest"),
    DAMAGE(grant_is_another, "grant"),
    DAMAGE(grants_of_a_device, "grant"),
    DAMAGE(where_row_is_gone, "where"),
    DAMAGE(where_row_too_many, "where"),
    DAMAGE(child_row_is_gone, "scope"),
    DAMAGE(scope_has_another_nonce, "scope"),
    DAMAGE(author_is_another, "author"),
};

struct findings {
    const char *wanted;
    bool found;
};

static void find(void *ctx, const struct linli_bad *bad)
{
    struct findings *findings = ctx;

    findings->found = findings->found || strcmp(bad->what, findings->wanted) == 0;
}

static void each_kind_of_damage_is_found_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        struct findings findings = {.wanted = damages[i].what};
        struct linli_verify verify = {.on_bad = find, .ctx = &findings};
        struct store_txn *txn = NULL;
        victim_make(NULL);
        assert_ok(store_begin(victim.store->replica->store, true, &txn));
        damages[i].make(txn);
        assert_ok(store_commit(txn));
        int rv = linli_store_verify(victim.store, &verify);
        if (rv != LINLI_E_CORRUPT || !findings.found)
            print_error("%s: %s, %llu bad\n", damages[i].name, linli_code_name(rv), (unsigned long long)verify.bad);
        assert_code(rv, LINLI_E_CORRUPT);
        assert_true(findings.found);
        victim_end(NULL);
    }
}

static bool stop_soon(void *ctx, uint64_t done, uint64_t total)
{
    uint64_t *last = ctx;

    assert_true(done > *last && done <= total);
    *last = done;
    return done < 3;
}

static void verification_says_how_far_it_is_and_can_be_stopped(void **state)
{
    uint64_t last = 0;
    struct linli_verify verify = {.on_progress = stop_soon, .ctx = &last};
    struct linli_status status;
    (void)state;

    assert_code(linli_store_verify(victim.store, &verify), LINLI_E_CANCELLED);
    assert_int_equal(last, 3);
    verify = (struct linli_verify){.on_bad = NULL};
    assert_ok(linli_store_verify(victim.store, &verify));
    assert_ok(linli_store_status(victim.store, &status));
    assert_int_equal(verify.changesets, status.changesets);
    assert_int_equal(verify.records, status.records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_damage_is_found_and_named),
        cmocka_unit_test_setup_teardown(verification_says_how_far_it_is_and_can_be_stopped, victim_make, victim_end),
    };

    return UNIT_RUN(tests);
}
