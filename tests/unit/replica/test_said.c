/* tests: replica: what is held is listed by those who said it, whoever wrote to the store, and costs no look at what others said. */
#include "said.h"

struct seen {
    size_t count;
};

static int see(void *ctx, const linli_hash *id, span certificate)
{
    struct seen *seen = ctx;

    (void)id;
    seen->count += certificate.size > 0;
    return LINLI_OK;
}

static size_t said_count(struct replica *r, const struct device_keys *keys)
{
    struct store_txn *txn = NULL;
    struct seen seen = {0};

    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(said_by(txn, keys->sign_public, see, &seen));
    store_abort(txn);
    return seen.count;
}

static void what_a_device_said_is_found_without_a_look_at_the_rest(void **state)
{
    enum { SAID = 20 };
    static struct buf said[SAID];
    static span list[SAID];
    struct story s;
    struct device_keys keys;
    size_t added;

    (void)state;
    story_start(&s);
    device_make(&s.town, &keys);
    struct replica *clerk = town_join_keys(&s.town, s.office, &s.root, LINLI_CLERK, &keys);
    meet(s.office, clerk);
    assert_int_equal(said_count(s.office, &keys), 0);
    revocations_made_up(clerk, said, list, SAID);
    assert_ok(replica_grants_add(s.office, list, SAID, &added));
    assert_int_equal(said_count(s.office, &keys), SAID);
    assert_int_equal(said_count(s.office, &s.keys), 0);
    assert_verifies(s.office);
    for (unsigned i = 0; i < SAID; i++)
        buf_free(&said[i]);
    town_end(&s.town);
}

static uint64_t figure(const struct story *s)
{
    struct receipt_element element;

    assert_ok(replica_element(s->office, &s->root, false, &element));
    return element.statements;
}

/* As an older program would leave it, which knows of no such list: one too few, others that are not held, and no mark at a bound. */
static int spoil(struct work *w, void *ctx)
{
    const struct story *s = ctx;
    const struct grant *g = &w->r->own[0].grant;
    linli_hash captains = grant_of(s->other, &s->keys), none = {{7}};
    uint8_t mark[ID_BYTES + HASH_BYTES];
    uint32_t scope;

    memcpy(mark, s->root.b, ID_BYTES);
    memcpy(mark + ID_BYTES, g->id.b, HASH_BYTES);
    assert_ok(note_delete(w->txn, NOTE_FULL, span_of(mark, sizeof(mark))));
    assert_ok(scope_number(w->txn, &s->root, &scope));
    assert_ok(work_touch(w, scope));
    int rv = said_drop(w->txn, &(struct said_row){g->id, s->patch, captains});

    if (rv == LINLI_OK)
        rv = said_add(w->txn, &(struct said_row){g->issuer, s->root, none});
    return rv == LINLI_OK ? said_add(w->txn, &(struct said_row){none, s->root, none}) : rv;
}

static void a_list_that_is_not_whole_is_made_again(void **state)
{
    static struct buf said[UNKEPT_MAX];
    static span list[UNKEPT_MAX];
    struct story s;
    struct linli_verify verify = {.bad = 0};
    size_t added;

    (void)state;
    story_start(&s);
    hand_on_all(&s, s.office, s.other);
    revocations_made_up(s.office, said, list, UNKEPT_MAX);
    assert_ok(replica_grants_add(s.office, list, UNKEPT_MAX, &added));
    uint64_t before = figure(&s);
    assert_true(before >= RECEIPT_FULL);
    assert_ok(work_run(s.office, spoil, &s));
    assert_true(figure(&s) < before);
    int rv = replica_verify(s.office, &verify);
    assert_true(rv != LINLI_OK || verify.bad > 0);
    s.office = house_reopen(&s.town, 0);
    assert_verifies(s.office);
    assert_true(figure(&s) == before);
    (void)revoke(s.office, &s.keys);
    assert_verifies(s.office);
    for (unsigned i = 0; i < UNKEPT_MAX; i++)
        buf_free(&said[i]);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_device_said_is_found_without_a_look_at_the_rest),
        cmocka_unit_test(a_list_that_is_not_whole_is_made_again),
    };
    return UNIT_RUN(tests);
}
