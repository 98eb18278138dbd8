/* tests: replica: keys of sealed values made, handed on and turned, when the heap or the disk fails at any point. */
#include "failing.h"
#include "look.h"

/* A city that has no keys, and the office of a community in it that makes them. */
struct tree {
    struct town town;
    struct replica *city, *office;
    linli_id root, community, patch;
};

static linli_id scope_of_kind(struct replica *r, const linli_id *parent, enum linli_scope_kind kind, const char *name)
{
    struct linli_scope_spec spec = {.name = name, .kind = kind};
    linli_id id;

    assert_ok(replica_scope_add(r, parent, &spec, 1, &id));
    return id;
}

static void tree_start(struct tree *t)
{
    memset(t, 0, sizeof(*t));
    town_start(&t->town);
    struct house *house = town_house(&t->town);
    struct replica_config config = town_config(&t->town, house);
    assert_ok(replica_create_root(&config, LINLI_CITY, "Made-up City", NULL, &house->replica));
    t->city = house->replica;
    t->root = replica_identity(t->city)->root_scope;
    t->community = scope_of_kind(t->city, &t->root, LINLI_COMMUNITY, "Made-up Lane");
    t->patch = scope_of_kind(t->city, &t->community, LINLI_PATCH, "1");
    t->office = town_join(&t->town, t->city, &t->community, LINLI_NODE);
    meet(t->city, t->office);
}

static int tend_work(void *ctx)
{
    struct tree *t = ctx;

    return replica_keys_tend(t->office);
}

static int rotate_work(void *ctx)
{
    struct tree *t = ctx;

    return replica_keys_rotate(t->office, &t->community);
}

/* What was not done is done the next time: nobody has to ask for it again. */
static void keys_are_made_and_turned_whole_or_not_at_all(void **state)
{
    struct tree t;

    (void)state;
    tree_start(&t);
    assert_int_equal(t.office->ring.count, 0);
    assert_true(t.office->tend_due);
    assert_true(each_failure(t.office, &t.patch, tend_work, &t) > 20);
    size_t made = t.office->ring.count;
    assert_true(made > 0);
    assert_true(each_failure(t.office, &t.patch, rotate_work, &t) > 20);
    assert_true(t.office->ring.count > made);
    assert_verifies(t.office);
    town_end(&t.town);
}

struct handing {
    struct replica *r;
    span run;
    struct ingested out;
    int code;
};

static int take_work(void *ctx)
{
    struct handing *w = ctx;

    return replica_ingest(w->r, &w->run, 1, &w->out, &w->code);
}

/* To a captain whom the city let in, which has no keys to give him. */
static void keys_are_handed_on_and_taken_whole_or_not_at_all(void **state)
{
    struct tree t;
    struct buf run = {0};
    uint64_t last;

    (void)state;
    tree_start(&t);
    assert_ok(tend_work(&t));
    meet(t.office, t.city);
    struct replica *captain = town_join(&t.town, t.city, &t.patch, LINLI_CAPTAIN);
    meet(t.city, t.office);
    meet(t.city, captain);
    assert_int_equal(captain->ring.count, 0);
    assert_true(t.office->tend_due);
    assert_true(each_failure(t.office, &t.patch, tend_work, &t) > 10);
    assert_ok(replica_read_run(t.office, &t.patch, &t.office->author, 1, 7, LIMIT_RUN_BYTES, &run, &last));
    meet_scope(t.office, captain, &t.community, 7);
    struct handing taking = {.r = captain, .run = buf_span(&run)};
    assert_true(each_failure(captain, &t.patch, take_work, &taking) > 10);
    assert_ok(taking.code);
    assert_true(captain->ring.count > 0);
    assert_verifies(captain);
    buf_free(&run);
    town_end(&t.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_and_turned_whole_or_not_at_all),
        cmocka_unit_test(keys_are_handed_on_and_taken_whole_or_not_at_all),
    };
    return UNIT_RUN(tests);
}
