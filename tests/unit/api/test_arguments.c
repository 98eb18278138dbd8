/* tests: api: a call refuses what it cannot mean, and a store that is closed for now refuses every call. */
#include <linli/linli.h>
#include <linli/node.h>
#include <linli/sync.h>

#include "story.h"

#define refused(call) assert_code(call, LINLI_E_ARG)
#define closed(call) assert_code(call, LINLI_E_CLOSED)

static bool scope_seen(void *ctx, const struct linli_scope *scope)
{
    (void)scope;
    ++*(size_t *)ctx;
    return true;
}

static bool grant_seen(void *ctx, const struct linli_grant *grant)
{
    (void)grant;
    ++*(size_t *)ctx;
    return true;
}

static bool request_seen(void *ctx, const struct linli_enrol_request *request)
{
    (void)request;
    ++*(size_t *)ctx;
    return true;
}

static bool record_seen(void *ctx, const linli_record *record)
{
    (void)record;
    ++*(size_t *)ctx;
    return true;
}

static bool write_seen(void *ctx, const struct linli_write *write)
{
    (void)write;
    ++*(size_t *)ctx;
    return true;
}

static bool conflict_seen(void *ctx, const struct linli_conflict *conflict)
{
    (void)conflict;
    ++*(size_t *)ctx;
    return true;
}

static bool aside_seen(void *ctx, const struct linli_aside *aside)
{
    (void)aside;
    ++*(size_t *)ctx;
    return true;
}

static void event_seen(void *ctx, const struct linli_event *event)
{
    (void)event;
    ++*(size_t *)ctx;
}

/* A store with one patch and one household in it. */
struct scene {
    struct town town;
    linli_store *store;
    linli_id root, patch, household;
    struct linli_status before;
    size_t seen;
};

static void scene_start(struct scene *s)
{
    linli_txn *txn = NULL;

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->store = story_root(&s->town);
    s->root = story_root_scope(s->store);
    s->patch = story_scope(s->store, &s->root, "patch 1");
    assert_ok(linli_txn_begin(s->store, &txn));
    assert_ok(linli_record_create(txn, &s->patch, HOUSEHOLD, &s->household));
    struct linli_value head = linli_text("Tester One");
    assert_ok(linli_record_set(txn, &s->household, no_token, HH_HEAD, &head));
    assert_ok(linli_txn_commit(txn, NULL));
    assert_ok(linli_store_status(s->store, &s->before));
}

/* Nothing was shown to a callback, and the store is as it was. */
static void scene_end(struct scene *s)
{
    struct linli_status after;

    assert_int_equal(s->seen, 0);
    assert_ok(linli_store_status(s->store, &after));
    assert_memory_equal(s->before.digest.b, after.digest.b, 32);
    assert_int_equal(s->before.changesets, after.changesets);
    assert_int_equal(s->before.scopes, after.scopes);
    linli_store_close(s->store);
    town_end(&s->town);
}

static void options_that_name_no_store_or_no_one_key_make_none(void **state)
{
    struct town town;
    linli_store *store = NULL;

    (void)state;
    town_start(&town);
    struct house *house = town_house(&town);
    const struct linli_options good = story_options(&town, house->dir);
    struct linli_options bad[] = {good, good, good, good, good};
    bad[0].size--;
    bad[1].dir = NULL;
    bad[2].dir = "";
    bad[3].key = NULL;
    bad[4].passphrase = "beside a key";
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        refused(linli_store_create(&bad[i], LINLI_COMMUNITY, "Made-up Lane", NULL, &store));
        refused(linli_store_open(&bad[i], &store));
        refused(linli_join(&bad[i], "linli:", NULL, NULL, NULL, &store));
        assert_null(store);
    }
    refused(linli_store_create(NULL, LINLI_COMMUNITY, "Made-up Lane", NULL, &store));
    refused(linli_store_open(NULL, &store));
    refused(linli_store_create(&good, LINLI_COMMUNITY, NULL, NULL, &store));
    refused(linli_store_create(&good, LINLI_COMMUNITY, "", NULL, &store));
    refused(linli_store_create(&good, LINLI_COMMUNITY, "Made-up Lane", NULL, NULL));
    refused(linli_store_open(&good, NULL));
    const struct linli_sync_options short_options = {.size = 1};
    refused(linli_join(&good, NULL, NULL, NULL, NULL, &store));
    refused(linli_join(&good, "linli:", NULL, &short_options, NULL, &store));
    refused(linli_join(&good, "linli:", NULL, NULL, NULL, NULL));
    assert_false(linli_store_exists(NULL));
    assert_false(linli_store_exists(house->dir));
    town_end(&town);
}

static void scopes_and_invitations_that_lack_something_are_refused(void **state)
{
    struct scene s;
    linli_id id;
    char uri[LINLI_URI_BYTES];
    const char *const no_address[] = {NULL};

    (void)state;
    scene_start(&s);
    const struct linli_scope_spec good = {.name = "patch 2", .kind = LINLI_PATCH};
    struct linli_scope_spec bad[] = {{.name = NULL, .kind = LINLI_PATCH}, {.name = "", .kind = LINLI_PATCH},
                                     {.name = "patch 2", .kind = LINLI_CITY - 1},
                                     {.name = "patch 2", .kind = LINLI_PATCH + 1}};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        refused(linli_scope_add(s.store, &s.root, &bad[i], &id));
    refused(linli_scope_add(NULL, &s.root, &good, &id));
    refused(linli_scope_add(s.store, NULL, &good, &id));
    refused(linli_scope_add(s.store, &s.root, NULL, &id));
    refused(linli_scope_add(s.store, &s.root, &good, NULL));
    assert_ok(linli_scope_add_many(s.store, NULL, NULL, 0, NULL)); /* no scopes are no fault */
    refused(linli_scope_find(NULL, "patch 1", &id));
    refused(linli_scope_find(s.store, NULL, &id));
    refused(linli_scope_find(s.store, "patch 1", NULL));
    const struct linli_invite asked = {.scope = s.patch, .role = LINLI_CAPTAIN};
    struct linli_invite wrong[] = {asked, asked, asked, asked};
    wrong[0].role = LINLI_NODE - 1;
    wrong[1].role = LINLI_VIEWER + 1;
    wrong[2].address_count = 1;
    wrong[3].address_count = 1;
    wrong[3].addresses = no_address;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        refused(linli_invite_create(s.store, &wrong[i], uri));
    refused(linli_invite_create(NULL, &asked, uri));
    refused(linli_invite_create(s.store, NULL, uri));
    refused(linli_invite_create(s.store, &asked, NULL));
    scene_end(&s);
}

static void rights_and_rulings_that_lack_something_are_refused(void **state)
{
    struct scene s;
    const uint8_t device[32] = {1};
    char name[8];

    (void)state;
    scene_start(&s);
    const struct linli_revoke good = {.reason = LINLI_REASON_NONE};
    struct linli_revoke bad[] = {good, good, good};
    bad[0].reason = LINLI_REASON_NONE - 1;
    bad[1].reason = LINLI_REASON_RETIRED + 1;
    bad[2].scope = bad[2].admit = s.patch; /* what is taken back there cannot be given there */
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        refused(linli_revoke(s.store, &bad[i], NULL));
    refused(linli_revoke(NULL, &good, NULL));
    refused(linli_revoke(s.store, NULL, NULL));
    const struct linli_ruling ruling = {.device = {1}};
    refused(linli_aside_rule(NULL, &ruling, NULL));
    refused(linli_aside_rule(s.store, NULL, NULL));
    refused(linli_enrol_confirm(NULL, 123456));
    refused(linli_enrol_reject(NULL, 123456));
    uint64_t unconfirmed;
    refused(linli_unconfirmed(NULL, &unconfirmed));
    refused(linli_unconfirmed(s.store, NULL));
    refused(linli_receipt_each(s.store, NULL, NULL));
    refused(linli_warning_each(s.store, NULL, NULL));
    refused(linli_device_name(NULL, device, name, sizeof(name)));
    refused(linli_device_name(s.store, NULL, name, sizeof(name)));
    refused(linli_device_name(s.store, device, NULL, sizeof(name)));
    refused(linli_device_name(s.store, device, name, 0));
    scene_end(&s);
}

static void readers_without_a_store_a_question_or_a_listener_are_refused(void **state)
{
    struct scene s;
    struct linli_query all = {.type = HOUSEHOLD}, lacking = {.type = HOUSEHOLD, .where_count = 1};
    linli_record *record = NULL;
    struct linli_status status;
    struct linli_verify verify = {0};
    linli_id id;

    (void)state;
    scene_start(&s);
    refused(linli_scope_each(NULL, scope_seen, &s.seen));
    refused(linli_scope_each(s.store, NULL, &s.seen));
    refused(linli_grant_each(NULL, grant_seen, &s.seen));
    refused(linli_grant_each(s.store, NULL, &s.seen));
    refused(linli_enrol_each(NULL, request_seen, &s.seen));
    refused(linli_enrol_each(s.store, NULL, &s.seen));
    refused(linli_query_each(NULL, &all, record_seen, &s.seen));
    refused(linli_query_each(s.store, NULL, record_seen, &s.seen));
    refused(linli_query_each(s.store, &lacking, record_seen, &s.seen));
    refused(linli_query_each(s.store, &all, NULL, &s.seen));
    refused(linli_query_first(NULL, &all, &id));
    refused(linli_query_first(s.store, &lacking, &id));
    refused(linli_query_first(s.store, &all, NULL));
    refused(linli_id_find(NULL, "01", &id));
    refused(linli_id_find(s.store, NULL, &id));
    refused(linli_id_find(s.store, "01", NULL));
    refused(linli_history_each(NULL, &s.household, write_seen, &s.seen));
    refused(linli_history_each(s.store, NULL, write_seen, &s.seen));
    refused(linli_history_each(s.store, &s.household, NULL, &s.seen));
    refused(linli_conflict_each(NULL, NULL, NULL, conflict_seen, &s.seen));
    refused(linli_conflict_each(s.store, NULL, NULL, NULL, &s.seen));
    refused(linli_conflict_each(s.store, &s.patch, &s.household, conflict_seen, &s.seen));
    refused(linli_aside_each(NULL, NULL, aside_seen, &s.seen));
    refused(linli_aside_each(s.store, NULL, NULL, &s.seen));
    refused(linli_record_get(NULL, &s.household, &record));
    refused(linli_record_get(s.store, NULL, &record));
    refused(linli_record_get(s.store, &s.household, NULL));
    refused(linli_store_status(NULL, &status));
    refused(linli_store_status(s.store, NULL));
    refused(linli_store_verify(NULL, &verify));
    refused(linli_store_verify(s.store, NULL));
    refused(linli_store_suspend(NULL));
    refused(linli_store_resume(NULL));
    refused(linli_store_rekey(NULL, story_key, NULL));
    refused(linli_observe(NULL, event_seen, &s.seen));
    refused(linli_observe(s.store, NULL, &s.seen));
    linli_unobserve(NULL, event_seen, &s.seen);
    linli_unobserve(s.store, NULL, &s.seen);
    assert_string_equal(linli_store_error(NULL), "");
    scene_end(&s);
}

static void writers_without_a_record_or_a_value_are_refused(void **state)
{
    struct scene s;
    linli_txn *txn = NULL;
    struct linli_value value = linli_text("Tester Two");
    const linli_dot dot = {.seq = 0};
    linli_id id;

    (void)state;
    scene_start(&s);
    refused(linli_txn_begin(NULL, &txn));
    refused(linli_txn_begin(s.store, NULL));
    assert_ok(linli_txn_begin(s.store, &txn));
    refused(linli_record_create(NULL, &s.patch, HOUSEHOLD, &id));
    refused(linli_record_create(txn, NULL, HOUSEHOLD, &id));
    refused(linli_record_create(txn, &s.patch, HOUSEHOLD, NULL));
    refused(linli_record_create_named(NULL, &s.patch, HOUSEHOLD, "one", &id));
    refused(linli_record_create_named(txn, NULL, HOUSEHOLD, "one", &id));
    refused(linli_record_create_named(txn, &s.patch, HOUSEHOLD, NULL, &id));
    refused(linli_record_create_named(txn, &s.patch, HOUSEHOLD, "", &id));
    refused(linli_record_create_named(txn, &s.patch, HOUSEHOLD, "one", NULL));
    refused(linli_record_set(NULL, &s.household, no_token, HH_HEAD, &value));
    refused(linli_record_set(txn, NULL, no_token, HH_HEAD, &value));
    refused(linli_record_set(txn, &s.household, no_token, HH_HEAD, NULL));
    refused(linli_record_add(NULL, &s.household, no_token, HH_TAGS, &value));
    refused(linli_record_add(txn, NULL, no_token, HH_TAGS, &value));
    refused(linli_record_remove(txn, &s.household, no_token, HH_TAGS, NULL));
    refused(linli_record_reopen(NULL, &s.household, no_token, HAZ_STATE, 1));
    refused(linli_record_reopen(txn, NULL, no_token, HAZ_STATE, 1));
    refused(linli_record_resolve(NULL, &s.household, no_token, HH_HEAD, &dot));
    refused(linli_record_resolve(txn, NULL, no_token, HH_HEAD, &dot));
    refused(linli_record_resolve(txn, &s.household, no_token, HH_HEAD, NULL));
    refused(linli_record_delete(NULL, &s.household, no_token));
    refused(linli_record_delete(txn, NULL, no_token));
    refused(linli_record_restore(NULL, &s.household, no_token));
    refused(linli_record_restore(txn, NULL, no_token));
    linli_txn_abort(txn);
    scene_end(&s);
}

static void groups_with_a_hole_or_of_two_stores_commit_nothing(void **state)
{
    struct scene s, other;
    struct linli_value value = linli_text("Tester Two");
    linli_txn *txns[2] = {NULL, NULL};

    (void)state;
    scene_start(&s);
    scene_start(&other);
    refused(linli_txn_commit_group(NULL, 1, NULL));
    assert_ok(linli_txn_commit_group(NULL, 0, NULL)); /* nothing is committed, which is no fault */
    assert_ok(linli_txn_begin(s.store, &txns[0]));
    assert_ok(linli_record_set(txns[0], &s.household, no_token, HH_HEAD, &value));
    refused(linli_txn_commit_group(txns, 2, NULL));
    assert_ok(linli_txn_begin(s.store, &txns[0]));
    assert_ok(linli_record_set(txns[0], &s.household, no_token, HH_HEAD, &value));
    assert_ok(linli_txn_begin(other.store, &txns[1]));
    refused(linli_txn_commit_group(txns, 2, NULL));
    scene_end(&other);
    scene_end(&s);
}

static void meetings_and_nodes_without_a_place_are_refused(void **state)
{
    struct scene s;
    linli_node *node = NULL;

    (void)state;
    scene_start(&s);
    const struct linli_sync_options short_options = {.size = 1};
    refused(linli_sync(NULL, "127.0.0.1", 1, NULL, NULL));
    refused(linli_sync(s.store, NULL, 1, NULL, NULL));
    refused(linli_sync(s.store, "127.0.0.1", 0, NULL, NULL));
    refused(linli_sync(s.store, "127.0.0.1", 65536, NULL, NULL));
    refused(linli_sync(s.store, "127.0.0.1", 1, &short_options, NULL));
    const struct linli_node_options good = {.size = sizeof(good), .listen = "127.0.0.1:0"};
    struct linli_node_options bad[] = {good, good, good};
    bad[0].size--;
    bad[1].listen = NULL;
    bad[2].peer_count = 1;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        refused(linli_node_new(s.store, &bad[i], &node));
    refused(linli_node_new(NULL, &good, &node));
    refused(linli_node_new(s.store, NULL, &node));
    refused(linli_node_new(s.store, &good, NULL));
    refused(linli_node_run(NULL));
    linli_node_stop(NULL);
    linli_node_free(NULL);
    assert_null(node);
    scene_end(&s);
}

static bool audit_seen(void *ctx, const struct linli_audit *audit)
{
    (void)audit;
    ++*(size_t *)ctx;
    return true;
}

static bool erasure_seen(void *ctx, const struct linli_erasure *erasure)
{
    (void)erasure;
    ++*(size_t *)ctx;
    return true;
}

static bool due_seen(void *ctx, const struct linli_due *due)
{
    (void)due;
    ++*(size_t *)ctx;
    return true;
}

static bool receipt_seen(void *ctx, const struct linli_receipt *receipt)
{
    (void)receipt;
    ++*(size_t *)ctx;
    return true;
}

static bool warning_seen(void *ctx, const struct linli_warning *warning)
{
    (void)warning;
    ++*(size_t *)ctx;
    return true;
}

static bool item_seen(void *ctx, const struct linli_root_item *item)
{
    (void)item;
    ++*(size_t *)ctx;
    return true;
}

static void audits_and_erasures_that_lack_something_are_refused(void **state)
{
    struct scene s;
    const struct linli_actor actor = {.name = "Tester One"};
    const struct linli_audit_note note = {.act = LINLI_AUDIT_EXPORT}, odd_note = {.act = LINLI_AUDIT_EXPORT + 1};
    const struct linli_audit_query all = {.act = 0};
    struct linli_compacted compacted;

    (void)state;
    scene_start(&s);
    refused(linli_audit_actor(NULL, &actor));
    refused(linli_audit_actor(s.store, NULL));
    refused(linli_audit_note(NULL, &note));
    refused(linli_audit_note(s.store, NULL));
    refused(linli_audit_note(s.store, &odd_note));
    refused(linli_audit_each(NULL, &all, audit_seen, &s.seen));
    refused(linli_audit_each(s.store, NULL, audit_seen, &s.seen));
    refused(linli_audit_each(s.store, &all, NULL, &s.seen));
    const struct linli_erase good = {.records = &s.household, .count = 1, .reason = LINLI_ERASE_REQUEST};
    struct linli_erase bad[] = {good, good, good, good};
    bad[0].records = NULL;
    bad[1].count = 0;
    bad[2].reason = (enum linli_erase_reason)(LINLI_ERASE_NONE - 1);
    bad[3].reason = LINLI_ERASE_ROUND_OVER + 1;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        refused(linli_erase(s.store, &bad[i], NULL));
    refused(linli_erase(NULL, &good, NULL));
    refused(linli_erase(s.store, NULL, NULL));
    refused(linli_erasure_each(NULL, &s.household, erasure_seen, &s.seen));
    refused(linli_erasure_each(s.store, NULL, erasure_seen, &s.seen));
    refused(linli_erasure_each(s.store, &s.household, NULL, &s.seen));
    refused(linli_due_each(NULL, NULL, due_seen, &s.seen));
    refused(linli_due_each(s.store, NULL, NULL, &s.seen));
    refused(linli_store_compact(NULL, &compacted));
    refused(linli_receipt_each(NULL, receipt_seen, &s.seen));
    refused(linli_warning_each(NULL, warning_seen, &s.seen));
    scene_end(&s);
}

static void what_the_root_is_to_say_without_a_file_or_a_key_is_refused(void **state)
{
    struct scene s;
    const struct linli_root_order order = {.act = LINLI_ROOT_AFFIRM};
    struct linli_root_draft draft;
    struct linli_root root;
    uint8_t key[32];

    (void)state;
    scene_start(&s);
    refused(linli_root_read(NULL, &root));
    refused(linli_root_read(s.store, NULL));
    refused(linli_root_each(NULL, item_seen, &s.seen));
    refused(linli_root_each(s.store, NULL, &s.seen));
    refused(linli_root_draft(NULL, &order, "draft"));
    refused(linli_root_draft(s.store, NULL, "draft"));
    refused(linli_root_draft(s.store, &order, NULL));
    refused(linli_root_draft_read(NULL, &draft, item_seen, &s.seen));
    refused(linli_root_draft_read("draft", NULL, item_seen, &s.seen));
    refused(linli_root_sign(NULL, NULL, "key", "made-up words"));
    refused(linli_root_sign("draft", NULL, NULL, "made-up words"));
    refused(linli_root_sign("draft", NULL, "key", NULL));
    refused(linli_root_sign_here(NULL, "draft", NULL));
    refused(linli_root_sign_here(s.store, NULL, NULL));
    refused(linli_root_apply(NULL, "draft", &draft));
    refused(linli_root_apply(s.store, NULL, &draft));
    refused(linli_root_key_make(NULL, "made-up words", key));
    refused(linli_root_key_make("key", NULL, key));
    refused(linli_root_key_make("key", "", key));
    refused(linli_root_key_make("key", "made-up words", NULL));
    refused(linli_root_key_read(NULL, key));
    refused(linli_root_key_read("key", NULL));
    refused(linli_root_key_export(NULL, "key", "made-up words", key));
    refused(linli_root_key_export(s.store, NULL, "made-up words", key));
    refused(linli_root_key_export(s.store, "key", NULL, key));
    refused(linli_root_key_export(s.store, "key", "", key));
    refused(linli_root_key_export(s.store, "key", "made-up words", NULL));
    scene_end(&s);
}

static void what_came_later_is_closed_for_now_too(void **state)
{
    struct scene s;
    const linli_hash affirmed = {{1}};
    const struct linli_root_order order = {.act = LINLI_ROOT_AFFIRM, .affirm = &affirmed, .affirm_count = 1};
    const struct linli_audit_note note = {.act = LINLI_AUDIT_EXPORT};
    const struct linli_audit_query all = {.act = 0};
    struct linli_compacted compacted;
    struct linli_root root;
    uint64_t unconfirmed;
    uint8_t key[32];

    (void)state;
    scene_start(&s);
    const struct linli_erase erase = {.records = &s.household, .count = 1, .reason = LINLI_ERASE_REQUEST};
    assert_ok(linli_store_suspend(s.store));
    closed(linli_audit_note(s.store, &note));
    closed(linli_audit_each(s.store, &all, audit_seen, &s.seen));
    closed(linli_erase(s.store, &erase, NULL));
    closed(linli_erasure_each(s.store, &s.household, erasure_seen, &s.seen));
    closed(linli_due_each(s.store, NULL, due_seen, &s.seen));
    closed(linli_store_compact(s.store, &compacted));
    closed(linli_receipt_each(s.store, receipt_seen, &s.seen));
    closed(linli_warning_each(s.store, warning_seen, &s.seen));
    closed(linli_unconfirmed(s.store, &unconfirmed));
    closed(linli_root_read(s.store, &root));
    closed(linli_root_each(s.store, item_seen, &s.seen));
    closed(linli_root_draft(s.store, &order, "draft"));
    closed(linli_root_sign_here(s.store, "draft", NULL));
    closed(linli_root_apply(s.store, "draft", NULL));
    closed(linli_root_key_export(s.store, "key", "made-up words", key));
    assert_int_not_equal(access("draft", F_OK), 0);
    assert_int_not_equal(access("key", F_OK), 0);
    assert_ok(linli_store_resume(s.store));
    scene_end(&s);
}

static void a_store_that_is_closed_for_now_refuses_every_call(void **state)
{
    struct scene s;
    struct linli_query all = {.type = HOUSEHOLD};
    const struct linli_scope_spec spec = {.name = "patch 2", .kind = LINLI_PATCH};
    const struct linli_revoke order = {.reason = LINLI_REASON_NONE};
    const struct linli_ruling ruling = {.device = {1}};
    const struct linli_node_options listening = {.size = sizeof(listening), .listen = "127.0.0.1:0"};
    struct linli_status status;
    struct linli_verify verify = {0};
    linli_record *record = NULL;
    linli_txn *txn = NULL;
    linli_node *node = NULL;
    linli_id id;
    char uri[LINLI_URI_BYTES];

    (void)state;
    scene_start(&s);
    const struct linli_invite invite = {.scope = s.patch, .role = LINLI_CAPTAIN};
    assert_ok(linli_store_suspend(s.store));
    assert_ok(linli_store_suspend(s.store)); /* it is closed already */
    closed(linli_store_status(s.store, &status));
    closed(linli_store_verify(s.store, &verify));
    closed(linli_store_rekey(s.store, story_key, NULL));
    closed(linli_scope_add(s.store, &s.root, &spec, &id));
    closed(linli_scope_each(s.store, scope_seen, &s.seen));
    closed(linli_scope_find(s.store, "patch 1", &id));
    closed(linli_invite_create(s.store, &invite, uri));
    closed(linli_enrol_each(s.store, request_seen, &s.seen));
    closed(linli_enrol_confirm(s.store, 123456));
    closed(linli_enrol_reject(s.store, 123456));
    closed(linli_grant_each(s.store, grant_seen, &s.seen));
    closed(linli_device_name(s.store, (const uint8_t[32]){1}, uri, sizeof(uri)));
    closed(linli_revoke(s.store, &order, NULL));
    closed(linli_aside_rule(s.store, &ruling, NULL));
    closed(linli_query_each(s.store, &all, record_seen, &s.seen));
    closed(linli_query_first(s.store, &all, &id));
    closed(linli_id_find(s.store, "01", &id));
    closed(linli_history_each(s.store, &s.household, write_seen, &s.seen));
    closed(linli_conflict_each(s.store, NULL, NULL, conflict_seen, &s.seen));
    closed(linli_aside_each(s.store, NULL, aside_seen, &s.seen));
    closed(linli_record_get(s.store, &s.household, &record));
    closed(linli_txn_begin(s.store, &txn));
    closed(linli_sync(s.store, "127.0.0.1", 1, NULL, NULL));
    closed(linli_node_new(s.store, &listening, &node));
    assert_null(record);
    assert_null(txn);
    assert_null(node);
    assert_ok(linli_store_resume(s.store));
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_name_no_store_or_no_one_key_make_none),
        cmocka_unit_test(scopes_and_invitations_that_lack_something_are_refused),
        cmocka_unit_test(rights_and_rulings_that_lack_something_are_refused),
        cmocka_unit_test(readers_without_a_store_a_question_or_a_listener_are_refused),
        cmocka_unit_test(writers_without_a_record_or_a_value_are_refused),
        cmocka_unit_test(groups_with_a_hole_or_of_two_stores_commit_nothing),
        cmocka_unit_test(meetings_and_nodes_without_a_place_are_refused),
        cmocka_unit_test(audits_and_erasures_that_lack_something_are_refused),
        cmocka_unit_test(what_the_root_is_to_say_without_a_file_or_a_key_is_refused),
        cmocka_unit_test(a_store_that_is_closed_for_now_refuses_every_call),
        cmocka_unit_test(what_came_later_is_closed_for_now_too),
    };
    return UNIT_RUN(tests);
}
