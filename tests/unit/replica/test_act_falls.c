/* tests: replica: an act that was said with a stolen key puts out what somebody said; when it falls, that comes back. */
#include "said.h"

#include "auth/certificate.h"

enum { FALSELY = UNKEPT_MAX + 30 };
/* A clerk lets in another, who says much, and writes it down; then whoever has the first one's key turns the other out. */
struct wronged {
    struct story s;
    struct replica *first, *clerk;
    struct device_keys first_keys, keys;
    struct buf said[FALSELY], act, fall;
    span list[FALSELY];
    bool written;
};

static int write_all_down(struct work *w, void *ctx)
{
    struct wronged *t = ctx;
    int rv = LINLI_OK;

    for (size_t i = 0; i < FALSELY && rv == LINLI_OK; i++) {
        struct statement st;
        bool added;
        rv = authority_enter(w, t->list[i], &added);
        if (rv == LINLI_OK)
            rv = statement_decode(t->list[i], &st);
        if (rv == LINLI_OK && t->written)
            rv = statement_record(w, &st, t->list[i], (span){NULL, 0}, NULL);
    }
    return rv;
}

/* Said by hand: what it wrote is accepted, and what it said is not, or (`keeps`) but for this. */
static void act_by(struct replica *by, const struct device_keys *on, const linli_author *wrote, const linli_id *scope,
                   const linli_hash *keeps, struct buf *out)
{
    struct revocation r = {.page = 1, .pages = 1, .strict = true};
    linli_hash kept[] = {keeps != NULL ? *keeps : (linli_hash){{0}}};
    struct cut_row cut = {*scope, wrote->incarnation, head_at(by, scope, wrote).seq + 1, {{0}}};

    statement_start(by, &by->own[0].grant, &by->own[0].grant.path, &r.head);
    memcpy(r.device, on->sign_public, KEY_BYTES);
    assert_ok(revocation_make(by->self.sign_secret, &r, &cut, 1, kept, keeps != NULL, out));
}

static void wronged_start(struct wronged *t, bool written)
{
    memset(t, 0, sizeof(*t));
    story_start(&t->s);
    t->written = written;
    device_make(&t->s.town, &t->first_keys);
    device_make(&t->s.town, &t->keys);
    t->first = town_join_keys(&t->s.town, t->s.office, &t->s.root, LINLI_CLERK, &t->first_keys);
    meet(t->first, t->s.office);
    t->clerk = town_join_keys(&t->s.town, t->first, &t->s.root, LINLI_CLERK, &t->keys);
    revocations_made_up(t->clerk, t->said, t->list, FALSELY);
    assert_ok(work_run(t->clerk, write_all_down, t));
    meet(t->clerk, t->first);
    meet(t->first, t->s.office);
    linli_hash grant = grant_of(t->s.office, &t->keys);
    act_by(t->first, &t->keys, &t->clerk->author, &t->s.root, NULL, &t->act);
    act_by(t->s.office, &t->first_keys, &t->first->author, &t->s.root, &grant, &t->fall);
}

static void wronged_end(struct wronged *t)
{
    for (size_t i = 0; i < FALSELY; i++)
        buf_free(&t->said[i]);
    buf_free(&t->act);
    buf_free(&t->fall);
    town_end(&t->s.town);
}

static uint64_t figure(struct replica *r, const linli_id *scope)
{
    struct receipt_element element;

    assert_ok(replica_element(r, scope, false, &element));
    return element.statements;
}

/* Said, put out and back: the figure that receipts compare never shrinks. */
static void takes(const struct wronged *t, struct replica *r, const struct buf *act, size_t more)
{
    span one = buf_span(act);
    uint64_t before = figure(r, &t->s.root);
    size_t added, there = held(r);

    assert_ok(replica_grants_add(r, &one, 1, &added));
    assert_int_equal(added, 1);
    assert_true(figure(r, &t->s.root) >= before);
    assert_int_equal(held(r) + FALSELY, there + 1 + more);
}

static void what_an_act_put_out_comes_back_from_the_log_when_it_falls(void **state)
{
    static struct wronged t;

    (void)state;
    wronged_start(&t, true);
    takes(&t, t.s.office, &t.act, UNKEPT_MAX);
    takes(&t, t.s.office, &t.fall, 2 * FALSELY - UNKEPT_MAX);
    for (unsigned i = 0; i < FALSELY; i++) {
        struct statement st;
        assert_ok(statement_decode(t.list[i], &st));
        assert_true(holds(t.s.office, &st.id));
    }
    assert_verifies(t.s.office);
    wronged_end(&t);
}

/* Where no log tells of it, it comes back from whoever never heard of the act. */
static void what_an_act_put_out_comes_back_from_a_peer_when_it_falls(void **state)
{
    static struct wronged t;

    (void)state;
    wronged_start(&t, false);
    takes(&t, t.s.office, &t.act, UNKEPT_MAX);
    takes(&t, t.s.office, &t.fall, FALSELY);
    uint64_t before = figure(t.s.office, &t.s.root);
    hand_on(t.clerk, t.s.office, &t.s.root);
    assert_true(figure(t.s.office, &t.s.root) >= before);
    hand_on(t.s.office, t.clerk, &t.s.root);
    linli_hash mine = digest_of(t.s.office, &t.s.root), theirs = digest_of(t.clerk, &t.s.root);
    assert_memory_equal(mine.b, theirs.b, HASH_BYTES);
    assert_int_equal(figure(t.s.office, &t.s.root), figure(t.clerk, &t.s.root));
    wronged_end(&t);
}

/* --- in any order --- */

enum { BLUNT = REVOCATIONS_KEPT + 6, ALL = FALSELY + BLUNT + 3, BATCH = 16, HEARERS = 3 };

static void shuffle(struct town *town, span *list, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)rng_below(&town->seed, i);
        span last = list[i - 1];
        list[i - 1] = list[k];
        list[k] = last;
    }
}

/* All of it, in batches; what was refused for something that had not come yet is offered again. The figure never shrinks. */
static void hears(struct wronged *t, struct replica *r, span *list)
{
    uint64_t before = figure(r, &t->s.root);
    size_t added;

    for (unsigned pass = 0; pass < 3; pass++) {
        shuffle(&t->s.town, list, ALL);
        for (size_t at = 0; at < ALL; at += BATCH) {
            assert_ok(replica_grants_add(r, list + at, at + BATCH < ALL ? BATCH : ALL - at, &added));
            assert_true(figure(r, &t->s.root) >= before);
            before = figure(r, &t->s.root);
        }
    }
}

static bool id_add(void *ctx, const linli_hash *id, span certificate)
{
    return certificate_kind(certificate) == STATEMENT_GRANT || buf_append(ctx, id->b, HASH_BYTES) == LINLI_OK;
}

/* The statements of all scopes: each of them joined at another time, and knows of other grants. */
static bool same_held(struct replica *a, struct replica *b)
{
    struct buf ids[2] = {{0}, {0}};
    struct replica *const both[2] = {a, b};

    for (unsigned i = 0; i < 2; i++) {
        struct store_txn *txn = NULL;
        assert_ok(store_begin(both[i]->store, false, &txn));
        assert_ok(grant_row_each(txn, NULL, id_add, &ids[i]));
        store_abort(txn);
    }
    bool same = ids[0].size > 0 && span_equal(buf_span(&ids[0]), buf_span(&ids[1]));
    buf_free(&ids[0]);
    buf_free(&ids[1]);
    return same;
}

static void grant_tell(struct replica *from, struct replica *to, const struct device_keys *keys)
{
    linli_hash id = grant_of(from, keys);
    struct buf certificate = {0};
    size_t added;

    assert_ok(replica_read_certificate(from, &id, &certificate));
    span one = buf_span(&certificate);
    assert_ok(replica_grants_add(to, &one, 1, &added));
    assert_int_equal(added, 1);
    buf_free(&certificate);
}

/* Much that is said, more than is kept of one device, an act that puts much of it out, one by which it falls, and one that spares. */
static void whatever_the_order_all_hold_the_same_and_say_the_same(void **state)
{
    static struct wronged t;
    static struct buf more[BLUNT], spares;
    static span list[ALL];
    struct revocation r = {.page = 1, .pages = 1};
    linli_hash one = {{0}};

    (void)state;
    wronged_start(&t, false);
    struct story *s = &t.s;
    memcpy(list, t.list, sizeof(t.list));
    for (size_t i = 0; i < BLUNT; i++) {
        statement_start(t.clerk, &t.clerk->own[0].grant, &t.clerk->own[0].grant.path, &r.head);
        memcpy(r.device, s->keys.sign_public, KEY_BYTES);
        assert_ok(revocation_make(t.clerk->self.sign_secret, &r, NULL, 0, NULL, 0, &more[i]));
        list[FALSELY + i] = buf_span(&more[i]);
    }
    statement_start(s->office, &s->office->own[0].grant, &s->office->own[0].grant.path, &r.head);
    memcpy(r.device, t.keys.sign_public, KEY_BYTES);
    assert_ok(revocation_make(s->office->self.sign_secret, &r, NULL, 0, &one, 1, &spares));
    list[ALL - 3] = buf_span(&t.act);
    list[ALL - 2] = buf_span(&t.fall);
    list[ALL - 1] = buf_span(&spares);
    struct replica *hearers[HEARERS] = {s->captain, s->other, town_join(&s->town, s->office, &s->patch, LINLI_CAPTAIN)};
    for (size_t i = 0; i < HEARERS; i++) {
        grant_tell(s->office, hearers[i], &t.first_keys);
        grant_tell(s->office, hearers[i], &t.keys);
        hears(&t, hearers[i], list);
        assert_verifies(hearers[i]);
    }
    for (size_t i = 1; i < HEARERS; i++) {
        assert_true(same_held(hearers[i], hearers[0]));
        assert_int_equal(figure(hearers[i], &s->root), figure(hearers[0], &s->root));
    }
    for (size_t i = 0; i < BLUNT; i++)
        buf_free(&more[i]);
    buf_free(&spares);
    wronged_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_act_put_out_comes_back_from_the_log_when_it_falls),
        cmocka_unit_test(what_an_act_put_out_comes_back_from_a_peer_when_it_falls),
        cmocka_unit_test(whatever_the_order_all_hold_the_same_and_say_the_same),
    };
    return UNIT_RUN(tests);
}
