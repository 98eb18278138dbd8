/* tests: stores behind the public API in temporary folders, in a made-up town, and short ways to write and read. */
#ifndef LINLI_TEST_STORY_H
#define LINLI_TEST_STORY_H

#include "../replica/town.h"

#include <linli/linli.h>

#include "api/handle.h"

/* Types and fields that the stories use (proto/schema). */
enum {
    HOUSEHOLD = 4 << 1, HH_BUILDING = 1, HH_UNIT = 2, HH_FLOOR = 3, HH_ROOM = 4, HH_HEAD = 5, HH_VISITED = 7, HH_REMARKS = 8,
    HH_TAGS = 9, HH_CARE = 10,
    RESIDENT = 5 << 1, RES_HOUSEHOLD = 1, RES_NAME = 2, RES_SEX = 4, RES_NUMBER = 5, RES_BIRTH = 6,
    HAZARD = 7 << 1, HAZ_NOTE = 4, HAZ_STATE = 6, HAZ_ASSIGNEE = 7
};

static const linli_span no_token = {NULL, 0};
static uint8_t story_key[LINLI_KEY_BYTES];

static inline struct linli_options story_options(struct town *town, const char *dir)
{
    struct linli_options options = {.size = sizeof(options), .dir = dir, .key = story_key, .map_bytes = TOWN_MAP_BYTES,
                                    .now_ms = town_now, .now_ctx = town};

    memset(story_key, 7, sizeof(story_key)); /* as the town's replicas have */
    return options;
}

/* The root's store: a community that stands alone. */
static inline linli_store *story_root(struct town *town)
{
    struct house *house = town_house(town);
    struct linli_options options = story_options(town, house->dir);
    linli_store *store = NULL;

    assert_ok(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store));
    return store;
}

static inline linli_store *story_join(struct town *town, linli_store *node, const linli_id *scope, enum linli_role role)
{
    linli_store *store = NULL;
    struct linli_options options;
    struct house *house;

    replica_close(town_join(town, node->replica, scope, role));
    house = &town->houses[town->count - 1];
    house->replica = NULL;
    options = story_options(town, house->dir);
    assert_ok(linli_store_open(&options, &store));
    return store;
}

static inline void story_meet(linli_store *a, linli_store *b)
{
    meet(a->replica, b->replica);
}

static inline linli_id story_root_scope(linli_store *store)
{
    struct linli_status status;

    assert_ok(linli_store_status(store, &status));
    return status.root_scope;
}

static inline linli_id story_scope(linli_store *store, const linli_id *parent, const char *name)
{
    struct linli_scope_spec spec = {.name = name, .kind = LINLI_PATCH};
    linli_id id;

    assert_ok(linli_scope_add(store, parent, &spec, &id));
    return id;
}

/* One committed write of one field. */
static inline int story_set(linli_store *store, const linli_id *record, linli_span token, linli_field field,
                            struct linli_value value)
{
    linli_txn *txn = NULL;
    int rv;

    assert_ok(linli_txn_begin(store, &txn));
    rv = linli_record_set(txn, record, token, field, &value);
    if (rv != LINLI_OK) {
        linli_txn_abort(txn);
        return rv;
    }
    return linli_txn_commit(txn, NULL);
}

static inline linli_id story_new(linli_store *store, const linli_id *scope, linli_type type, linli_field field,
                                 struct linli_value value)
{
    linli_txn *txn = NULL;
    linli_id id;

    assert_ok(linli_txn_begin(store, &txn));
    assert_ok(linli_record_create(txn, scope, type, &id));
    assert_ok(linli_record_set(txn, &id, no_token, field, &value));
    assert_ok(linli_txn_commit(txn, NULL));
    return id;
}

static inline linli_record *story_get(linli_store *store, const linli_id *id)
{
    linli_record *record = NULL;

    assert_ok(linli_record_get(store, id, &record));
    return record;
}

static inline bool value_is(const struct linli_value *value, const char *text)
{
    struct linli_value wanted = linli_text(text);

    return linli_value_equal(value, &wanted);
}

static inline bool shows_text(const linli_record *record, linli_field field, const char *text)
{
    const struct linli_reading *reading = linli_record_field(record, field);

    return reading != NULL && value_is(&reading->value, text);
}

static inline bool shows_int(const linli_record *record, linli_field field, int64_t number)
{
    const struct linli_reading *reading = linli_record_field(record, field);

    return reading != NULL && reading->value.kind == LINLI_KIND_INT && reading->value.number == number;
}

#define assert_shows_text(store, id, field, text)                                                                        \
    do {                                                                                                                 \
        linli_record *record_ = story_get(store, id);                                                                    \
        assert_true(shows_text(record_, field, text));                                                                   \
        linli_record_free(record_);                                                                                      \
    } while (0)
#define assert_shows_int(store, id, field, number)                                                                       \
    do {                                                                                                                 \
        linli_record *record_ = story_get(store, id);                                                                    \
        assert_true(shows_int(record_, field, number));                                                                  \
        linli_record_free(record_);                                                                                      \
    } while (0)

static inline void story_print_bad(void *ctx, const struct linli_bad *bad)
{
    (void)ctx;
    print_error("bad: %s seq %llu\n", bad->what, (unsigned long long)bad->seq);
}

#define assert_verifies(store)                                                                                           \
    do {                                                                                                                 \
        struct linli_verify verify_ = {.on_bad = story_print_bad};                                                       \
        assert_ok(linli_store_verify(store, &verify_));                                                                  \
    } while (0)

#endif
