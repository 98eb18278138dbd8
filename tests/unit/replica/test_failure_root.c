/* tests: replica: what the root says, drafted, told and entered, when memory runs out or the disk fails at any point. */
#include "failing.h"
#include "look.h"

#include "replica/ceremony.h"
#include "replica/root_key.h"

struct story {
    struct town town;
    struct replica *office, *captain;
    struct device_keys keys; /* the captain's */
    linli_id root, patch;
    linli_hash founder;      /* the grant that the root gave to the office */
    uint8_t first[SIGN_SECRET_BYTES], next[SIGN_SECRET_BYTES], next_public[1][KEY_BYTES];
    struct linli_root_order order;
    struct linli_revoke revoke;
    struct arena arena;
    struct root_draft draft;
    size_t seen;
};

static bool item_seen(void *ctx, const struct linli_root_item *item)
{
    struct story *s = ctx;

    s->seen += item->stands;
    if (item->act == LINLI_ROOT_GRANT)
        s->founder = item->id;
    return true;
}

static int each_work(void *ctx)
{
    struct story *s = ctx;

    s->seen = 0;
    return replica_root_each(s->office, item_seen, s);
}

static int read_work(void *ctx)
{
    struct story *s = ctx;
    struct linli_root root;
    int rv = replica_root_read(s->office, &root);

    s->seen = (size_t)root.version;
    return rv;
}

static int draft_work(void *ctx)
{
    struct story *s = ctx;
    struct buf bytes = {0};
    int rv = replica_root_draft(s->office, &s->order, &bytes);

    buf_free(&bytes);
    return rv;
}

static int apply_work(void *ctx)
{
    struct story *s = ctx;

    return replica_root_apply(s->office, &s->draft);
}

static void start(struct story *s)
{
    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    s->captain = town_join_keys(&s->town, s->office, &s->patch, LINLI_CAPTAIN, &s->keys);
    meet(s->office, s->captain);
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    struct rng rng = rng_from(&s->town.seed);
    assert_ok(root_key_read(s->town.houses[0].dir, config.store.key, s->first));
    sign_keypair(&rng, s->next_public[0], s->next);
    assert_ok(each_work(s));
    memcpy(s->revoke.device, s->keys.sign_public, KEY_BYTES);
}

static void stop(struct story *s)
{
    arena_free(&s->arena);
    town_end(&s->town);
}

static void drafted(struct story *s, const uint8_t *const secrets[], size_t count)
{
    struct buf bytes = {0};

    assert_ok(replica_root_draft(s->office, &s->order, &bytes));
    assert_ok(root_draft_read(&s->draft, &s->arena, buf_span(&bytes)));
    for (size_t i = 0; i < count; i++)
        assert_ok(root_draft_sign(&s->draft, secrets[i]));
    buf_free(&bytes);
}

/* A key hands over to another, which affirms what the office is, turns the captain out, and lets it in again. */
static void what_the_root_says_is_said_whole_or_not_at_all(void **state)
{
    struct story s;

    (void)state;
    start(&s);
    const uint8_t *const both[] = {s.first, s.next}, *const one[] = {s.next};
    s.order = (struct linli_root_order){.act = LINLI_ROOT_VERSION, .threshold = 1, .keys = (const uint8_t(*)[32])s.next_public,
                                        .key_count = 1, .oldest = 2, .affirm = &s.founder, .affirm_count = 1};
    assert_true(each_failure(s.office, &s.patch, draft_work, &s) > 5);
    drafted(&s, both, 2);
    assert_true(each_failure(s.office, &s.patch, apply_work, &s) > 20);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_REVOKE, .revoke = &s.revoke};
    assert_true(each_failure(s.office, &s.patch, draft_work, &s) > 5);
    drafted(&s, one, 1);
    assert_true(each_failure(s.office, &s.patch, apply_work, &s) > 20);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_GRANT, .role = LINLI_CAPTAIN, .scope = s.patch};
    memcpy(s.order.device, s.keys.sign_public, KEY_BYTES);
    assert_true(each_failure(s.office, &s.patch, draft_work, &s) > 5);
    drafted(&s, one, 1);
    assert_true(each_failure(s.office, &s.patch, apply_work, &s) > 20);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_AFFIRM, .affirm = &s.founder, .affirm_count = 1};
    assert_true(each_failure(s.office, &s.patch, draft_work, &s) > 3);
    assert_verifies(s.office);
    assert_ok(read_work(&s));
    assert_int_equal(s.seen, 2);
    assert_true(each_failure(s.office, &s.patch, read_work, &s) > 0);
    assert_int_equal(s.seen, 2);
    assert_ok(each_work(&s));
    size_t seen = s.seen;
    assert_true(seen > 3);
    assert_true(each_failure(s.office, &s.patch, each_work, &s) > 0);
    assert_int_equal(s.seen, seen);
    stop(&s);
}

static bool first_alone(void *ctx, const struct linli_root_item *item)
{
    (void)item;
    ++*(size_t *)ctx;
    return false;
}

static void what_no_root_may_say_is_not_drafted(void **state)
{
    uint8_t keys[ROOT_KEYS_MAX + 1][KEY_BYTES] = {{0}};
    struct story s;

    (void)state;
    start(&s);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_VERSION, .threshold = 1, .keys = (const uint8_t(*)[32])keys,
                                        .key_count = COUNT_OF(keys)};
    assert_code(draft_work(&s), LINLI_E_ARG);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_OTHER};
    assert_code(draft_work(&s), LINLI_E_ARG);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_AFFIRM}; /* nothing */
    assert_code(draft_work(&s), LINLI_E_ARG);
    s.order = (struct linli_root_order){.act = LINLI_ROOT_GRANT, .role = LINLI_CAPTAIN, .scope = {{9}}};
    memcpy(s.order.device, s.keys.sign_public, KEY_BYTES);
    assert_code(draft_work(&s), LINLI_E_NOT_FOUND);
    s.seen = 0;
    assert_ok(replica_root_each(s.office, first_alone, &s.seen));
    assert_int_equal(s.seen, 1);
    stop(&s);
}

/* Affirmed under a document that this replica has not heard of. */
static void a_draft_under_a_document_that_is_not_held_is_not_entered(void **state)
{
    struct story s;
    struct root_document other;

    (void)state;
    start(&s);
    other = replica_identity(s.office)->root.first;
    other.id.b[0] ^= 1;
    struct affirmation a = {.head = {.by_root = true, .root_version = 1, .issuer = other.id, .network = s.office->self.network}};
    struct buf certificate = {0};
    assert_ok(affirmation_make(&a, &s.founder, 1, &certificate));
    assert_ok(root_draft_start(&s.draft, &s.arena, &other));
    assert_ok(root_draft_add(&s.draft, buf_span(&certificate)));
    assert_code(apply_work(&s), LINLI_E_WAIT);
    assert_ok(root_draft_sign(&s.draft, s.first));
    assert_code(apply_work(&s), LINLI_E_SIGNATURE);
    buf_free(&certificate);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_root_says_is_said_whole_or_not_at_all),
        cmocka_unit_test(what_no_root_may_say_is_not_drafted),
        cmocka_unit_test(a_draft_under_a_document_that_is_not_held_is_not_entered),
    };
    return UNIT_RUN(tests);
}
